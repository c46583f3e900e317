// Notifications that come while the app is in front, which the system does not show: 'DEFAULT' for `foregroundShow: false`, 'IM' for push-type 2.
import assert from 'node:assert/strict';
import test from 'node:test';
import { registered } from './registered.mjs';
import { relisten, rest, rows, until } from './listening.mjs';
import { seal } from './sealing.mjs';

const notification = { title: '标题', body: 'text', clickAction: { actionType: 0 } };

/** A listening app on API 14 that notes messages, alerts and problems; `come` is Push Kit's callback. */
async function inFront(t, options = {}) {
  const world = await registered(t, { sdkApiVersion: 14 });
  const [got, alerts] = [[], []];
  const app = await relisten(world.device, async (message) => void got.push(message), { onAlert: (alert) => alerts.push(alert), ...options });
  const come = (type, json) => world.device.process.receivers.get(type)({ type: 'ALERT', data: typeof json === 'string' ? json : JSON.stringify(json) });
  return { ...world, ...app, got, alerts, come };
}

for (const [where, make] of Object.entries({
  'in data': (sealed) => ({ data: sealed, notification }),
  'as an object in data': (sealed) => ({ data: JSON.stringify({ pushseal: sealed }), notification }),
  'in clickAction.data': (sealed) => ({ data: '', notification: { ...notification, clickAction: { actionType: 0, data: { pushseal: sealed } } } }),
  'in clickAction.data as text': (sealed) => ({ data: '', notification: { ...notification, clickAction: { data: JSON.stringify({ pushseal: sealed }) } } }),
  'beside the notification': (sealed) => ({ pushseal: sealed, notification }),
})) {
  test(`sealed data of an alert in front reaches the handler when it is ${where}`, async (t) => {
    const { device, key, got, alerts, problems, come } = await inFront(t);
    const sealed = await seal(key, { page: 'chat' }, { jti: 'a1' });
    come('DEFAULT', make(sealed));
    await until(() => got.length === 1);
    const [message] = got;
    assert.deepEqual([message.id, message.path, message.json(), message.notShown], ['a1', 'alert', { page: 'chat' }, true]);
    assert.deepEqual([message.notification.title, message.notification.body], ['标题', 'text']);
    come('IM', make(sealed));
    await rest(10);
    assert.deepEqual([got.length, alerts, problems, rows(device, 'state = 2').length], [1, [], [], 1]);
  });
}

test('sealed data of an alert in front reaches the handler also where Push Kit gives no notification object', async (t) => {
  const { key, got, problems, come } = await inFront(t);
  come('DEFAULT', { title: '标题', body: 'text', clickAction: { data: { pushseal: await seal(key, { page: 'chat' }, { jti: 'a2' }) } } });
  await until(() => got.length === 1);
  assert.deepEqual([got[0].id, got[0].path, problems], ['a2', 'alert', []]);
});

test('an alert in front without sealed data is handed to onAlert with the fields that Push Kit gave', async (t) => {
  const { got, alerts, problems, come } = await inFront(t);
  come('DEFAULT', { data: '', header: { token: 'MA**' }, notification: { ...notification, extra: 7 } });
  assert.deepEqual(alerts.map(({ title, body, fields }) => [title, body, fields.extra, fields.clickAction]), [['标题', 'text', 7, { actionType: 0 }]]);
  assert.deepEqual([got, problems], [[], []]);
});

test('an alert is handed to onAlert also where plain messages are allowed, and is no message', async (t) => {
  const { got, alerts, come } = await inFront(t, { allowPlaintext: true });
  come('DEFAULT', { notification });
  come('DEFAULT', { data: '', notification });
  await rest(10);
  assert.deepEqual([alerts.length, got.length], [2, 0]);
});

test('a message for the extension that comes while the app is in front tells the app to show it', async (t) => {
  const { key, got, come } = await inFront(t);
  come('IM', { messageAction: 1, data: await seal(key, { title: 'sealed' }), notification: { ...notification, title: 'New message' } });
  await until(() => got.length === 1);
  assert.deepEqual([got[0].path, got[0].notShown, got[0].notification.title, got[0].json().title], ['im', true, 'New message', 'sealed']);
});

test('an IM message whose data is not sealed, or does not open, is reported and still shown by its plain fields', async (t) => {
  const { key, alerts, problems, come } = await inFront(t);
  come('IM', { data: '{"forged":1}', notification });
  come('IM', { data: (await seal(key, 1)).slice(0, -4) + 'AAAA', notification });
  assert.deepEqual([problems.map(({ reason, path, dropped }) => [reason, path, dropped]), alerts.length],
    [[['NotSealed', 'im', true], ['DecryptionFailed', 'im', true]], 2]);
});

test('an app without onAlert is told that a notification was not shown', async (t) => {
  const { problems, come } = await inFront(t, { onAlert: undefined });
  come('DEFAULT', { data: '', notification });
  assert.deepEqual(problems.map(({ reason, path, dropped }) => [reason, path, dropped]), [['AlertNotShown', 'alert', true]]);
});

test('whatever Push Kit writes around a notification does not end the process', async (t) => {
  const { alerts, problems, come } = await inFront(t);
  const deep = `{"notification":{"title":"t","a":${'['.repeat(3000)}${']'.repeat(3000)}}}`;
  const odd = ['', '{', 'null', '[]', '7', '{"notification":[]}', '{"notification":"x"}', '{"notification":null}', deep,
    '{"notification":{"title":7,"body":{}},"data":99999999999999999999}', `{"notification":{"title":"${'x'.repeat(30000)}"}}`];
  for (const data of odd) for (const type of ['DEFAULT', 'IM']) come(type, data);
  assert.deepEqual(alerts.map(({ title, body }) => [title, body]), [['t', ''], ['t', ''], ['', ''], ['', '']]);
  assert.ok(problems.every(({ dropped }) => dropped));
});

test('a callback of the app that throws does not cost a message', async (t) => {
  const broken = () => { throw new Error('a bug of the app'); };
  const { device, key, got, come } = await inFront(t, { onAlert: broken, onProblem: broken, onRegistration: broken, onOpened: broken });
  come('DEFAULT', { data: '', notification });
  come('IM', { data: '{"forged":1}', notification });
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'survives'));
  await until(() => got.length === 1);
});
