// What happens when the app was away, or does not run.
import assert from 'node:assert/strict';
import { dispatched, received } from './foreground.mjs';
import { until } from './watch.mjs';

const WINDOW_MS = 10_000;
const alert = (data) => ({ type: 'alert', data, notification: { title: 'PushSeal', body: 'New message', category: 'WORK', clickAction: { actionType: 0 } } });

async function shown(world, timeline) {
  await dispatched(world, timeline, 0);
  const notification = await until('a notification', () => world.takeNotification());
  timeline.step('show', `the system shows "${notification.title}: ${notification.body}"; the data is sealed in clickAction.data`);
  assert.match(notification.data.pushseal, /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
  return notification;
}

export async function tapHot(world, timeline) {
  timeline.title('A notification is tapped while the app runs');
  const data = { page: 'order', number: 42 };
  await world.send(alert(data));
  const notification = await shown(world, timeline);
  world.app.tap(notification.data);
  timeline.step('tap', 'onNewWant: PushSeal.opened(want)');
  await received(world, timeline, { path: 'tap', data });
}

export async function tapCold(world, timeline) {
  timeline.title('A notification is tapped and starts the app');
  await world.endApp();
  const data = { page: 'order', number: 43 };
  await world.send(alert(data));
  const notification = await shown(world, timeline);
  await world.startApp({ tapped: notification.data });
  timeline.step('tap', 'onCreate: PushSeal.start(this, want, …)');
  await received(world, timeline, { path: 'tap', data });
}

export async function drained(world, timeline) {
  timeline.title('Three background messages with proxyData while the app is away');
  await world.endApp();
  const sent = [1, 2, 3].map((n) => ({ text: `留言 ${n}`, n }));
  for (const data of sent) {
    await world.send({ data, proxyData: true });
    await dispatched(world, timeline, 6);
  }
  await world.startApp();
  timeline.step('start', `the system had written ${world.rowsWritten} rows into t_push_message, which the start takes in`);
  assert.equal(world.rowsWritten, 3);
  for (const data of sent) await received(world, timeline, { path: 'table', data });
}

export async function extension(world, timeline) {
  timeline.title('A notification for the extension, the app not running');
  await world.endApp();
  const data = { title: '张三', text: '晚上见' };
  const notification = { title: 'PushSeal', body: 'New message', category: 'PLAY_VOICE', clickAction: { actionType: 0 } };
  await world.send({ type: 'extension', data, notification });
  await dispatched(world, timeline, 2);
  const { content, tookMs } = await world.runExtension();
  timeline.step('extension', `shows "${content.title}: ${content.text}", ${(tookMs / 1000).toFixed(3)} s of its 10 s used`);
  assert.deepEqual(content, data);
  assert.ok(tookMs < WINDOW_MS, `the extension took ${tookMs} ms`);
  await world.startApp();
  timeline.step('start', 'later the app starts: the message waits in its inbox');
  await received(world, timeline, { path: 'extension', data });
}
