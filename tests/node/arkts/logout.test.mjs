import assert from 'node:assert/strict';
import test from 'node:test';
import { KitError } from '../../doubles/kits/device.mjs';
import { systemWrites } from '../../doubles/kits/push-kit-service.mjs';
import { restart, retry, start, stored } from './syncing.mjs';
import { seal } from './sealing.mjs';

test('logout forgets the device at the backend and the keys here', async (t) => {
  const { backend, device, sync, PushSeal } = await start(t);
  await sync({ user: 'zhang' });
  await PushSeal.unregister();
  assert.deepEqual([backend.devices.size, device.assets.size, stored(device).token], [0, 0, undefined]);
  assert.equal((await sync({ user: 'li' })).reason, 'never');
  assert.equal(backend.devices.get(device.aaid).user, 'li');
});

test('logout forgets the messages that wait', async (t) => {
  const { backend, device, sync, PushSeal } = await start(t);
  const given = [];
  const onMessage = async (message) => { given.push(message.text()); throw new Error('not now'); };
  await sync({ user: 'zhang', onMessage });
  const [key] = backend.devices.get(device.aaid).keys;
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'for zhang'));
  while (given.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  const waiting = () => device.databases.get('pushseal.db').select('SELECT COUNT(*) FROM pushseal_inbox', []).rows[0][0];
  assert.equal(waiting(), 1);
  await PushSeal.unregister();
  assert.equal(waiting(), 0);
});

test('what was read before a logout is not handed to the next user', async (t) => {
  const { backend, device, begin, sync, PushSeal } = await start(t);
  const given = [];
  let finish;
  const onMessage = (message) => new Promise((resolve) => { given.push(message.text()); finish = resolve; });
  const options = { onMessage, allowPlaintext: true };
  await sync({ user: 'zhang', ...options });
  for (const text of ['{"for":"zhang"}', '{"also":"zhang"}']) systemWrites(device, text);
  begin({ user: 'zhang', ...options });
  while (given.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  await PushSeal.unregister();
  finish();
  await sync({ user: 'li', ...options });
  const [key] = backend.devices.get(device.aaid).keys;
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'for li'));
  for (let i = 0; i < 500 && given.length < 2; i += 1) await new Promise((resolve) => setTimeout(resolve, 2));
  assert.deepEqual(given, ['{"for":"zhang"}', '"for li"']);
});

test('a token that changes after a logout is not registered', async (t) => {
  const { backend, device, PushSeal, sync } = await start(t, { sdkApiVersion: 23 });
  await sync({ user: 'zhang' });
  await PushSeal.unregister();
  device.pushKit.renew(device);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.deepEqual([backend.devices.size, backend.requests.at(-1).method, device.assets.size], [0, 'DELETE', 0]);
});

test('a logout without a network erases what is here, and throws; called again it tells the backend', async (t) => {
  const { backend, device, PushSeal, sync } = await start(t);
  await sync({ user: 'zhang' });
  systemWrites(device, 'a row that nobody moved');
  device.pushKit.failure = new KitError(1000900009, 'no network');
  for (let i = 0; i < retry.attempts; i += 1) backend.failNext(503);
  await assert.rejects(PushSeal.unregister(), { code: 503 });
  const rows = device.databases.get('pushseal.db').select('SELECT 1 FROM t_push_message UNION ALL SELECT 1 FROM pushseal_inbox', []).rows;
  assert.deepEqual([device.assets.size, stored(device).token, rows, backend.devices.size], [0, undefined, [], 1]);
  await PushSeal.unregister();
  assert.equal(backend.devices.size, 0);
});

test('after unregister nothing registers by itself, also in the next process, until register is called', async (t) => {
  const { backend, device, sync, PushSeal } = await start(t);
  await sync({ user: 'zhang' });
  assert.equal(await PushSeal.unregister(), 0);
  const next = await restart(device, backend);
  const outcomes = [];
  next.begin({ user: 'zhang', onRegistration: ({ state, message }) => outcomes.push([state, message]) });
  while (outcomes.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  assert.deepEqual(outcomes, [['unregistered', 'PushSeal.unregister() was called: PushSeal.register() registers again']]);
  assert.deepEqual([backend.devices.size, device.assets.size], [0, 0]);
  assert.equal((await next.PushSeal.register()).state, 'registered');
  assert.equal((await (await restart(device, backend)).sync({ user: 'zhang' })).state, 'current');
});

test('unregister gives the number of messages that were erased', async (t) => {
  const { backend, device, sync, PushSeal } = await start(t);
  await sync({ user: 'zhang', onMessage: async () => { throw new Error('not now'); } });
  const [key] = backend.devices.get(device.aaid).keys;
  for (const n of [1, 2]) device.pushKit.send(device, 'BACKGROUND', await seal(key, n));
  systemWrites(device, await seal(key, 3));
  assert.equal(await PushSeal.unregister(), 3);
});

const never = () => new Promise(() => {});

test('a logout ends although the app does not answer for its consent, and the registration that waits for it ends too', async (t) => {
  const { PushSeal, sync } = await start(t);
  const waiting = sync({ user: 'zhang', consent: never });
  await PushSeal.unregister();
  assert.deepEqual([(await waiting).state, (await waiting).message], ['failed', 'ended by PushSeal.unregister()']);
});

test('a logout ends although a registration waits for the app\'s authorization', async (t) => {
  const { PushSeal, sync, backend } = await start(t);
  let asked = 0;
  const waiting = sync({ user: 'zhang', authorization: () => ((asked += 1) === 1 ? never() : Promise.resolve('a.j.wt')) });
  while (asked === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  await PushSeal.unregister();
  assert.deepEqual([(await waiting).message, backend.requests.map(({ method }) => method)], ['ended by PushSeal.unregister()', ['DELETE']]);
});

for (const call of ['pushService.getToken', 'AAID.getAAID', 'pushService.bindAppProfileId']) {
  test(`a logout ends although a registration waits for ${call}, which does not end`, async (t) => {
    const { device, PushSeal, sync, backend } = await start(t);
    device.timeFactor = 100;
    let hung = false;
    device.fault = (name) => (name === call && !hung ? ((hung = true), never()) : undefined);
    const waiting = sync({ profileId: 'p' });
    while (!hung) await new Promise((resolve) => setTimeout(resolve, 2));
    await PushSeal.unregister();
    assert.deepEqual([(await waiting).message, backend.devices.size], ['ended by PushSeal.unregister()', 0]);
  });
}

test('a logout that Push Kit does not answer rejects, and erases what is here', async (t) => {
  const { device, PushSeal, sync } = await start(t);
  await sync({ profileId: 'p' });
  device.timeFactor = 100;
  device.fault = (name) => (name === 'pushService.unbindAppProfileId' ? never() : undefined);
  await assert.rejects(PushSeal.unregister(), { step: 'Push Kit', code: 0 });
  assert.equal(device.assets.size, 0);
});
