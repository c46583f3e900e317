// The example app: what its pages show, and what its buttons do.
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import test from 'node:test';
import ece from 'http_ece';
import { KitError } from '../../doubles/kits/device.mjs';
import { startApp } from './app.mjs';
import { registered } from './registered.mjs';
import { seal } from './sealing.mjs';

const send = async ({ device, key }, data, claims) => device.pushKit.send(device, 'BACKGROUND', await seal(key, data, claims));
const values = (message) => message.fields.map(({ name, value }) => [name, value]);

/** An attachment as the backend keeps it, and the claim check for it. */
function attach(backend, content) {
  const key = randomBytes(16);
  const bytes = ece.encrypt(Buffer.from(content), { version: 'aes128gcm', key, salt: randomBytes(16), rs: 4096 });
  const id = randomUUID();
  backend.attachments.set(id, bytes);
  return { id, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('base64url'), key: key.toString('base64url') };
}

test('the page shows the device id that `pushseal send --device` takes', async (t) => {
  const { app, backend } = await registered(t);
  assert.deepEqual([app.model.registration.deviceId], [...backend.ids.values()]);
});

test('the page shows why a registration failed, with its code and a sentence', async (t) => {
  const { app, device } = await registered(t);
  device.pushKit.failure = new KitError(1000900010, 'illegal application identity');
  app.kill();
  const next = await startApp(device);
  await next.until((model) => model.registration !== null);
  const { state, code, message } = next.model.registration;
  assert.deepEqual([state, code, message.length > 0], ['failed', 1000900010, true]);
});

test('a message is shown by its fields, not by its JSON', async (t) => {
  const world = await registered(t);
  const { app } = world;
  const bodies = [
    [{ title: '晚饭', text: '晚上见', order: { id: 7 }, paid: true, note: null }, '晚饭', [['title', '晚饭'], ['text', '晚上见'], ['order', '{"id":7}'], ['paid', 'true'], ['note', 'null']]],
    ['just a text', 'just a text', [['', 'just a text']]],
    [[1, 2], '[1,2]', [['', '[1,2]']]],
    [42, '42', [['', '42']]],
  ];
  for (const [i, [body, title, fields]] of bodies.entries()) {
    await send(world, body);
    await app.until((model) => model.messages.length === i + 1);
    assert.deepEqual([app.model.messages[0].title, values(app.model.messages[0])], [title, fields]);
  }
});

test('a large body does not fill the page: fields and their texts are bounded', async (t) => {
  const world = await registered(t);
  const body = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`field ${i}`, 'x'.repeat(5000)]));
  await world.device.pushKit.send(world.device, 'BACKGROUND', await seal(world.key, undefined, { ref: attach(world.backend, JSON.stringify(body)) }));
  await world.app.until((model) => model.messages.length === 1);
  const [message] = world.app.model.messages;
  assert.deepEqual([message.fields.length, message.fields[0].value.length, message.text.length > 1_500_000], [40, 2001, true]);
});

test('an attachment is shown with its size, also when it is no text', async (t) => {
  const world = await registered(t);
  for (const [i, content] of [JSON.stringify({ title: '报告' }), Buffer.from([0xff, 0xfe, 0x00, 0x80])].entries()) {
    await world.device.pushKit.send(world.device, 'BACKGROUND', await seal(world.key, undefined, { jti: `with-${i}`, ref: attach(world.backend, content) }));
    await world.app.until((model) => model.messages.length === i + 1);
  }
  const [picture, report] = world.app.model.messages;
  assert.deepEqual([report.title, report.attachmentBytes], ['报告', Buffer.byteLength('{"title":"报告"}')]);
  assert.deepEqual([picture.title, picture.text, picture.attachmentBytes], ['with-1', '', 4]);
});

test('a tap while the app runs opens the page of its message', async (t) => {
  const { app, key } = await registered(t);
  app.tap({ pushseal: await seal(key, { title: 'hot' }, { jti: 'hot' }) });
  assert.equal(app.model.takeOpened(), 'hot');
  assert.equal(app.model.takeOpened(), '', 'once');
  assert.equal(app.model.find('hot').title, 'hot');
});

test('a tap that starts the app opens the page of its message, when there are pages', async (t) => {
  const { app, device, key } = await registered(t);
  app.kill();
  const next = await startApp(device, { tapped: { pushseal: await seal(key, { title: 'cold' }, { jti: 'cold' }) } });
  await next.until((model) => model.openedId === 'cold');
  assert.deepEqual([next.model.takeOpened(), next.model.find('cold').title, next.model.find('another')], ['cold', 'cold', null]);
});

test('the page of a tapped message shows the attachment as soon as the handler has it', async (t) => {
  const { app, backend, key } = await registered(t);
  app.tap({ pushseal: await seal(key, undefined, { jti: 'big', ref: attach(backend, '{"title":"whole"}') }) });
  assert.deepEqual(values(app.model.find('big')), []);
  await app.until((model) => model.messages.length === 1);
  assert.deepEqual(values(app.model.find('big')), [['title', 'whole']]);
});

test('sign-in registers the user; sign-out erases, tells the backend, and registers nobody', async (t) => {
  const world = await registered(t);
  const { app, backend, device } = world;
  backend.bearer = 'jwt of zhang';
  await app.model.onSignIn('zhang', 'jwt of zhang');
  assert.deepEqual([app.model.user, app.model.registration.state, backend.devices.get(device.aaid).user], ['zhang', 'registered', 'zhang']);
  await send({ device, key: backend.devices.get(device.aaid).keys[0] }, { title: 'for zhang' });
  await app.until((model) => model.messages.length === 1);
  await app.model.onSignOut();
  assert.deepEqual([app.model.user, app.model.signOutFailed, app.model.messages, backend.devices.size, device.assets.size], ['', false, [], 0, 0]);
  app.toBackground();
  app.toForeground();
  await app.until((model) => model.registration !== null);
  assert.deepEqual([app.model.registration.state, backend.devices.size], ['unregistered', 0]);
});

test('a sign-out that did not reach the backend says so, keeps the sign-in, and can be repeated', async (t) => {
  const { app, backend, device } = await registered(t);
  await app.model.onSignIn('zhang', 'jwt');
  backend.failNext(400);
  await app.model.onSignOut();
  assert.deepEqual([backend.devices.size, app.model.user, app.model.signOutFailed], [1, 'zhang', true]);
  assert.equal(device.assets.size, 1, 'the JWT stays for the next try, the keys do not');
  await app.model.onSignOut();
  assert.deepEqual([app.model.user, app.model.signOutFailed, backend.devices.size, device.assets.size], ['', false, 0, 0]);
});

test('the user name and the JWT outlive a restart, and the JWT is not in preferences', async (t) => {
  const { app, backend, device } = await registered(t);
  await app.model.onSignIn('zhang', 'the secret jwt');
  app.kill();
  const next = await startApp(device);
  await next.until((model) => model.registration !== null);
  assert.deepEqual([next.model.user, backend.devices.get(device.aaid).user], ['zhang', 'zhang']);
  backend.bearer = 'the secret jwt';
  await next.model.onSignOut();
  assert.equal(next.model.signOutFailed, false, 'the backend got the JWT');
  assert.ok(![...device.preferences.values()].some((file) => JSON.stringify(file).includes('the secret jwt')));
});

test('whether notifications are allowed is shown, also after the user changed it in the settings', async (t) => {
  const { app, device } = await registered(t, { notificationsAllowed: false });
  assert.equal(app.model.notifications, false);
  await app.model.onAllowNotifications();
  assert.equal(app.model.notifications, false, 'the user said no');
  device.notificationsAllowed = true;
  app.toBackground();
  app.toForeground();
  assert.equal(app.model.notifications, true);
});

test('problems are shown, newest first and at most fifty', async (t) => {
  const { app, device, key } = await registered(t);
  for (let i = 0; i < 59; i += 1) device.pushKit.send(device, 'BACKGROUND', JSON.stringify({ plain: i }));
  const forged = await seal({ ...key, key: randomBytes(32).toString('base64url') }, 'forged');
  device.pushKit.send(device, 'BACKGROUND', forged);
  await app.until((model) => model.problems.length === 50 && model.problems[0].reason === 'DecryptionFailed');
  assert.deepEqual([app.model.problems[1].reason, app.model.problems[1].dropped], ['NotSealed', true]);
});
