// The notification extension: the text first, the inbox after it.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { KitError } from '../../doubles/kits/device.mjs';
import { har, importInApp, makeContext, startApp } from './app.mjs';
import { registered } from './registered.mjs';
import { rest, rows, until } from './listening.mjs';
import { seal } from './sealing.mjs';

const file = path.join(path.dirname(har), '../entry/src/main/ets/notificationability/NotificationAbility.ets');

/** The extension of a device whose app is not running, and a message for it. */
async function extension(t, changes = {}) {
  const { device, key, app } = await registered(t);
  app.kill();
  const { module, appProcess } = await importInApp(device, file);
  const ability = Object.assign(new module.default(), changes);
  ability.context = makeContext(device);
  const calls = [];
  device.fault = (call) => void calls.push(call);
  const data = JSON.stringify({ data: await seal(key, { title: '张三', text: '晚上见' }, { jti: 'e1' }) });
  return { device, key, ability, appProcess, calls, show: () => ability.onReceiveMessage({ id: 1, type: 'EXTENSION', data }) };
}

const writes = (calls) => calls.filter((call) => call.startsWith('relationalStore.insertSync'));

test('the text is handed over before anything is written into the inbox', async (t) => {
  const { device, calls, show } = await extension(t);
  assert.deepEqual(await show(), { title: '张三', text: '晚上见' });
  assert.deepEqual(writes(calls), []);
  await until(() => rows(device, "id = 'e1'").length === 1);
  assert.equal(writes(calls).length, 1);
});

test('a database that another process holds does not keep the text back, and the message is written when it can be', async (t) => {
  const { device, show } = await extension(t);
  let failures = 3;
  device.fault = (call) => (call.startsWith('relationalStore.insertSync') && failures-- > 0 ? new KitError(14800024, 'the database is locked') : undefined);
  device.timeFactor = 50;
  assert.deepEqual(await show(), { title: '张三', text: '晚上见' });
  await until(() => rows(device, "id = 'e1'").length === 1);
  assert.ok(!device.log.some(({ text }) => text.startsWith('message dropped')));
});

test('what is not written yet when the system destroys the extension is written then', async (t) => {
  const { device, ability, appProcess, show } = await extension(t);
  let full = true;
  device.fault = (call) => (full && call.startsWith('relationalStore.insertSync') ? new KitError(14800029, 'the disk is full') : undefined);
  await show();
  await rest(20);
  full = false;
  ability.onDestroy();
  appProcess.kill();
  assert.equal(rows(device, "id = 'e1'").length, 1);
});

test('a message that cannot be written is named in the log when the extension ends', async (t) => {
  const { device, ability, show } = await extension(t);
  device.fault = (call) => (call === 'relationalStore.getRdbStore' ? new KitError(14800000, 'inner error') : undefined);
  assert.deepEqual(await show(), { title: '张三', text: '晚上见' });
  ability.onDestroy();
  assert.ok(device.log.some(({ text }) => text === 'message dropped: InboxUnavailable extension'));
});

test('the app gets the message of the extension once, also when the tap brings it again', async (t) => {
  const { device, key, appProcess, show } = await extension(t);
  await show();
  await until(() => rows(device, "id = 'e1'").length === 1);
  appProcess.kill();
  const app = await startApp(device, { tapped: { pushseal: await seal(key, { title: 'again' }, { jti: 'e1' }) } });
  await app.until((model) => model.messages.length === 1);
  await rest(10);
  assert.deepEqual(app.model.messages.map(({ id, path: way }) => [id, way]), [['e1', 'extension']]);
});

test('a handler of the extension that throws or hangs shows the fallback, and the message waits for the app', async (t) => {
  for (const present of [async () => { throw new Error('a bug'); }, () => new Promise(() => {})]) {
    const { device, show } = await extension(t, { present });
    device.timeFactor = 200;
    assert.equal((await show()).text, 'You have a new message');
    await until(() => rows(device, "id = 'e1'").length === 1);
  }
});

test('a message is in the inbox when the system destroys the extension as soon as it has the text, also when the database opens slowly', async (t) => {
  const { device, ability, appProcess, show } = await extension(t);
  device.fault = (call) => (call === 'relationalStore.getRdbStore' ? rest(30) : undefined);
  assert.deepEqual(await show(), { title: '张三', text: '晚上见' });
  ability.onDestroy();
  appProcess.kill();
  assert.equal(rows(device, "id = 'e1'").length, 1);
});

test('a database that does not open holds the text for half a second; what it opens for later is written', async (t) => {
  const { device, ability, show } = await extension(t);
  let open;
  device.fault = (call) => (call === 'relationalStore.getRdbStore' ? new Promise((resolve) => (open = resolve)) : undefined);
  const begun = performance.now();
  await show();
  assert.ok(performance.now() - begun < 3000);
  ability.onDestroy();
  open();
  await until(() => rows(device, "id = 'e1'").length === 1);
  assert.ok(!device.log.some(({ text }) => text.startsWith('message dropped')));
});

test('whatever the system calls the extension with, it gets a text', async (t) => {
  const { device, ability } = await extension(t);
  for (const info of [{ id: 1, type: 'EXTENSION' }, {}, undefined]) {
    assert.equal((await ability.onReceiveMessage(info)).text, 'You have a new message');
  }
  assert.equal(rows(device, "path = 'extension'").length, 0);
});
