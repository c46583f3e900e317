import assert from 'node:assert/strict';
import test from 'node:test';
import { startBackend } from '../../doubles/backend/server.mjs';
import { makeDevice, runExtension, startApp } from './app.mjs';
import { registered } from './registered.mjs';
import { seal } from './sealing.mjs';

test('a sealed background message reaches the handler', async (t) => {
  const { device, app, key } = await registered(t);
  const sealed = await seal(key, { text: '你好 🌏' }, { jti: 'm1', aud: device.bundleName });
  assert.equal(device.pushKit.send(device, 'BACKGROUND', sealed), 'receiver');
  await app.until((model) => model.messages.length === 1);
  const [message] = app.model.messages;
  assert.deepEqual(JSON.parse(message.text), { text: '你好 🌏' });
  assert.deepEqual([message.id, message.path, message.sealed], ['m1', 'background', true]);
});

test('the app asks for no token before its user accepts the privacy statement', async (t) => {
  const backend = await startBackend();
  t.after(() => backend.close());
  const device = makeDevice({ consent: false });
  device.rawfile['pushseal.json'] = JSON.stringify({ baseUrl: backend.baseUrl, region: 'cn' });
  const app = await startApp(device);
  t.after(() => device.process.kill());
  await app.until((model) => model.registration !== null);
  assert.deepEqual([app.model.consent, app.model.registration.state, device.pushKit.tokens.size, backend.requests.length], [false, 'no consent', 0, 0]);
  await app.model.onAccept();
  assert.deepEqual([app.model.consent, app.model.registration.state], [true, 'registered']);
  device.notificationsAllowed = false;
  await app.model.onAccept();
  assert.ok(device.log.some(({ text }) => text === 'notifications are not allowed: 1600004'));
});

test('a message that comes twice, by two ways, is handled once', async (t) => {
  const { device, app, key } = await registered(t);
  const sealed = await seal(key, { n: 1 }, { jti: 'twice' });
  device.pushKit.send(device, 'BACKGROUND', sealed);
  device.pushKit.send(device, 'IM', sealed);
  app.tap({ pushseal: sealed });
  const other = await seal(key, { n: 2 });
  device.pushKit.send(device, 'IM', other);
  await app.until((model) => model.messages.length === 2);
  assert.deepEqual(app.model.messages.map((message) => message.path).sort(), ['background', 'im']);
});

test('messages sent while the app is away come with the next start', async (t) => {
  const { device, app, key } = await registered(t);
  app.kill();
  assert.equal(device.pushKit.send(device, 'BACKGROUND', await seal(key, { n: 1 })), 'cached');
  for (const n of [2, 3]) device.pushKit.send(device, 'BACKGROUND', await seal(key, { n }), { proxyData: true });
  const next = await startApp(device);
  await next.until((model) => model.messages.length === 3);
  assert.deepEqual(next.model.messages.map((message) => message.path).sort(), ['background', 'table', 'table']);
  assert.equal(device.databases.get('pushseal.db').select('SELECT COUNT(*) FROM t_push_message', []).rows[0][0], 0);
});

test('a cold start by a tap delivers what the notification carried', async (t) => {
  const { device, app, key } = await registered(t);
  app.kill();
  const next = await startApp(device, { tapped: { pushseal: await seal(key, { page: 'chat' }), 'ohos.aafwk.param': 1 } });
  await next.until((model) => model.messages.length === 1);
  assert.equal(next.model.messages[0].path, 'tap');
});

test('the extension shows the sealed text, and the message waits for the app', async (t) => {
  const { device, app, key } = await registered(t);
  app.kill();
  const shown = await runExtension(device, JSON.stringify({ data: await seal(key, { title: '张三', text: '晚上见' }) }));
  assert.deepEqual(shown, { title: '张三', text: '晚上见' });
  const next = await startApp(device);
  await next.until((model) => model.messages.length === 1);
  assert.equal(next.model.messages[0].path, 'extension');
});

test('the extension opens a message once', async (t) => {
  const { device, key } = await registered(t);
  let opened = 0;
  device.onNativeCall = (name) => (opened += name === 'openMessages' ? 1 : 0);
  await runExtension(device, JSON.stringify({ data: await seal(key, { title: 't', text: 'x' }) }));
  assert.equal(opened, 1);
});

test('the extension falls back for a message that does not open', async (t) => {
  const { device } = await registered(t);
  const shown = await runExtension(device, JSON.stringify({ data: 'e.y.J.h.b' }));
  assert.deepEqual(shown, { title: 'PushSeal', text: 'You have a new message' });
});

test('a message for a key that is not loaded yet waits for it', async (t) => {
  const { device, app, key } = await registered(t);
  app.kill();
  device.pushKit.cached = { type: 'BACKGROUND', data: JSON.stringify({ data: await seal(key, { n: 1 }) }) };
  device.unlocked = false;
  const locked = await startApp(device);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(locked.model.messages.length, 0);
  locked.kill();
  device.unlocked = true;
  const next = await startApp(device);
  await next.until((model) => model.messages.length === 1);
});

test('no token, key, payload or plaintext in the log; no key or plaintext in preferences', async (t) => {
  const { device, app, key } = await registered(t);
  device.pushKit.send(device, 'BACKGROUND', await seal(key, { text: 'plaintext-marker' }));
  device.pushKit.send(device, 'BACKGROUND', 'e.bad.e.payload-marker.e');
  await app.until((model) => model.messages.length === 1 && model.problems.length === 1);
  assert.ok(device.log.length > 5);
  const log = device.log.map((line) => line.text).join('\n');
  const stored = JSON.stringify([...device.preferences]);
  const token = await device.pushKit.token(device.aaid);
  for (const secret of [token, key.key, 'plaintext-marker', 'payload-marker']) assert.ok(!log.includes(secret), secret);
  for (const secret of [key.key, 'plaintext-marker']) assert.ok(!stored.includes(secret), secret);
});
