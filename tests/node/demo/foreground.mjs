// What happens while the app is in the foreground.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { keyOf, sealWithJose, sendToPushKit } from './other-sender.mjs';
import { fromEpoch } from './timeline.mjs';
import { logged, until, watch } from './watch.mjs';

const MIB = 1024 * 1024;
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

export async function register(world, timeline) {
  timeline.title('The app starts: token and registration');
  const { pushKit } = world.device;
  const ask = pushKit.token.bind(pushKit);
  pushKit.token = async (aaid) => {
    const token = await ask(aaid);
    timeline.step('token', `pushService.getToken(): ${token.length} characters`);
    pushKit.token = ask;
    return token;
  };
  const app = await world.startApp();
  await app.until((model) => model.registration !== null);
  assert.equal(app.model.registration.state, 'registered');
  timeline.step('sync', `PUT /v1/devices/${world.device.aaid}: ${app.model.registration.state}`);
}

/** Shows the device's half of the way and gives the message. */
export async function received(world, timeline, { path, data }, seen) {
  const message = await world.nextMessage();
  const handled = performance.now();
  if (seen?.received) timeline.step('receive', seen.received.what, seen.received.at);
  if (seen?.opened) {
    timeline.step('open', `by the native library, ${((seen.opened.at - seen.opened.begin) * 1000).toFixed(0)} µs in the call`, seen.opened.at);
  }
  const shown = message.text.length > 100 ? `${message.text.length} characters` : message.text;
  timeline.step('handler', `${message.sealed ? 'sealed' : 'NOT SEALED'}, by ${message.path}, id ${message.id}: ${shown}`, handled);
  assert.equal(message.sealed, true);
  assert.equal(message.path, path);
  assert.deepEqual(JSON.parse(message.text), data);
  return message;
}

/** The request in which the backend handed a message to Push Kit. */
export async function dispatched(world, timeline, pushType) {
  const request = await until(`push-type ${pushType} at Push Kit`, () => world.takeDispatch(pushType));
  const { payload, pushOptions } = JSON.parse(request.body);
  timeline.step('dispatch', `push-type ${pushType}, payload of ${JSON.stringify(payload).length} bytes`, fromEpoch(request.atMs));
  return { payload, pushOptions, body: request.body };
}

export async function sealedByBackend(world, timeline) {
  timeline.title('Background message, app in the foreground');
  const seen = watch(world);
  const data = { text: '你好，世界 👋', from: 'the backend' };
  const id = await world.send({ data });
  timeline.step('seal', `POST /v1/messages: 202, ${id}`);
  await dispatched(world, timeline, 6);
  assert.equal((await received(world, timeline, { path: 'background', data }, seen)).id, id);
}

export async function sealedByJose(world, timeline) {
  timeline.title("The same, sealed by npm's jose and sent without our backend");
  const seen = watch(world);
  const data = { text: '来自 jose 🔔', from: 'jose' };
  const jwe = await sealWithJose(keyOf(world.device), data);
  timeline.step('seal', `jose, A256GCM: ${jwe.length} characters`);
  await sendToPushKit(world, world.device.pushToken, jwe);
  timeline.step('dispatch', 'POST /v3/…/messages:send with its own PS256 JWT');
  await received(world, timeline, { path: 'background', data }, seen);
  await world.takeDispatch(6);
}

export async function attachment(world, timeline) {
  timeline.title('Data of 1 MiB: too large for Push Kit, so it goes by claim check');
  const seen = watch(world);
  const data = { photo: randomBytes(MIB / 2).toString('hex') };
  const text = JSON.stringify(data);
  const id = await world.send({ data });
  timeline.step('store', `${text.length} bytes do not fit into Push Kit's 4096: kept at the backend, encrypted`);
  const { payload, body } = await dispatched(world, timeline, 6);
  timeline.step('claim', `the message carries a sealed reference: body of ${body.length} bytes`);
  assert.ok(body.length < 4096 && !JSON.stringify(payload).includes(id), 'only a sealed reference may travel');
  const message = await received(world, timeline, { path: 'background', data });
  const { streamed } = world.device.process;
  timeline.step('fetch', `GET /v1/attachments/…: ${streamed} bytes`, seen.attachment.begin);
  timeline.step('open', `by the native library, in one call; SHA-256 ${sha256(message.text).slice(0, 16)}… as sent`, seen.attachment.at);
  assert.ok(text.length >= MIB && streamed > text.length);
  assert.equal(sha256(message.text), sha256(text));
}

export async function duplicate(world, timeline) {
  timeline.title('Types 0 and 6 under one id: the notification is shown, the message handled once');
  const data = { text: '一次就够', page: 'chat' };
  const id = await world.send({ type: 'pair', data, notification: { title: 'PushSeal', body: 'New message', category: 'WORK', clickAction: { actionType: 0 } } });
  await dispatched(world, timeline, 0);
  await dispatched(world, timeline, 6);
  assert.equal((await received(world, timeline, { path: 'background', data })).id, id);
  const notification = await until('a notification', () => world.takeNotification());
  world.app.tap(notification.data);
  const [line] = await until('the second arrival', () => logged(world.device, 'duplicate suppressed').length > 0 && logged(world.device, 'duplicate suppressed'));
  timeline.step('tap', `the same id again: ${line}`);
}

export async function tokenChange(world, timeline) {
  timeline.title('The push token changes while the app is away');
  await world.endApp();
  const old = world.device.pushToken;
  const token = await world.device.pushKit.renew(world.device);
  assert.notEqual(token, old);
  timeline.step('token', `Push Kit gives out another: ${token.slice(0, 6)}… after ${old.slice(0, 6)}…`);
  await world.startApp();
  await world.app.until((model) => model.registration !== null);
  assert.deepEqual([world.app.model.registration.state, world.app.model.registration.reason], ['registered', 'token']);
  timeline.step('sync', `registered again, because of the ${world.app.model.registration.reason}`);
  const data = { text: '换了地址' };
  await world.send({ data });
  const { body } = await dispatched(world, timeline, 6);
  assert.deepEqual(JSON.parse(body).target.token, [token]);
  timeline.step('registry', `the backend now sends to ${token.slice(0, 6)}… and to nothing else`);
  await received(world, timeline, { path: 'background', data });
}
