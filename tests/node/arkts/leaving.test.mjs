// Logout and a change of the user: nothing of the one who left reaches the handler afterwards, whatever was under way.
import assert from 'node:assert/strict';
import test from 'node:test';
import { KitError } from '../../doubles/kits/device.mjs';
import { startBackend } from '../../doubles/backend/server.mjs';
import { systemWrites } from '../../doubles/kits/push-kit-service.mjs';
import { har, importInApp, makeContext, makeDevice } from './app.mjs';
import { attach } from './faults/attachments.mjs';
import { seal } from './sealing.mjs';

const retry = { attempts: 4, firstDelay: 1, maxDelay: 4 };
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const rows = (device) => device.databases.get('pushseal.db')
  .select('SELECT message FROM t_push_message UNION ALL SELECT payload FROM pushseal_inbox WHERE state < 2', []).rows;

/** A process in which zhang is registered; `handler` gets the messages. */
async function signedIn(t, handler, options = {}) {
  const backend = await startBackend();
  t.after(() => backend.close());
  const device = makeDevice();
  t.after(() => device.process.kill());
  const world = { backend, device, ...(await restart(device, backend, handler, options)) };
  const outcome = await world.sync('zhang');
  assert.equal(outcome.state, 'registered');
  return { ...world, key: backend.devices.get(device.aaid).keys[0] };
}

async function restart(device, backend, handler, options = {}) {
  device.process?.kill();
  const { module: { PushSeal } } = await importInApp(device, har);
  device.process.foreground = true;
  const problems = [];
  const start = (changes = {}) => PushSeal.start({ context: makeContext(device) }, {}, {
    baseUrl: backend.baseUrl, region: 'cn', retry, consent: () => true, onMessage: handler, onProblem: (problem) => problems.push(problem),
    ...options, ...changes,
  });
  // The app knows who is signed in before it registers.
  start({ consent: () => false });
  const sync = (user, changes = {}) => (start({ user: () => user ?? '', ...changes }), PushSeal.register());
  return { PushSeal, problems, start, sync, forget: () => PushSeal.unregister() };
}

async function until(condition) {
  for (let i = 0; !condition(); i += 1) {
    assert.ok(i < 1500, `not reached: ${condition}`);
    await rest(2);
  }
}

test('what waits for one user is dropped by name when another signs in, and the key goes', async (t) => {
  const refuse = async () => { throw new Error('not now'); };
  const { backend, device, key, problems } = await signedIn(t, refuse);
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'for zhang'));
  systemWrites(device, await seal(key, 'for zhang too'));
  await until(() => problems.length === 1);
  const given = [];
  let switched = false;
  const next = await restart(device, backend, async (message) => { if (switched) given.push(message.text()); else throw new Error('not now'); });
  await until(() => next.problems.length === 1);
  assert.equal((await next.sync('li')).state, 'registered');
  switched = true;
  assert.deepEqual(rows(device), []);
  assert.deepEqual(next.problems.slice(1).map(({ reason, dropped }) => [reason, dropped]), [['OtherUser', true], ['OtherUser', true]]);
  const [fresh] = backend.devices.get(device.aaid).keys;
  assert.deepEqual([backend.devices.get(device.aaid).user, backend.devices.get(device.aaid).keys.length, device.assets.size], ['li', 1, 1]);
  assert.notEqual(fresh.keyId, key.keyId);
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'for zhang, late'));
  device.pushKit.send(device, 'BACKGROUND', await seal(fresh, 'for li'));
  await until(() => given.length > 0);
  await rest(20);
  assert.deepEqual(given, ['"for li"']);
});

test('a registration whose answer was lost is one of that user all the same', async (t) => {
  const { backend, device, problems, sync } = await (async () => {
    const backend = await startBackend();
    t.after(() => backend.close());
    const device = makeDevice();
    t.after(() => device.process.kill());
    return { backend, device, ...(await restart(device, backend, async () => { throw new Error('not now'); })) };
  })();
  backend.failures.push((request, response, it) => {
    it.devices.set(device.aaid, JSON.parse(it.requests.at(-1).body));
    response.socket.destroy();
    return true;
  });
  for (let i = 0; i < 3; i += 1) backend.failNext(500);
  assert.equal((await sync('zhang')).state, 'failed');
  const [key] = backend.devices.get(device.aaid).keys;
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'for zhang'));
  await until(() => problems.length === 1);
  assert.equal((await sync('li')).state, 'registered');
  assert.deepEqual([rows(device), problems.at(-1).reason], [[], 'OtherUser']);
});

test('the first sign-in, a start without a user, and the same user again keep key and messages', async (t) => {
  const { backend, device, key, problems, sync } = await signedIn(t, async () => { throw new Error('not now'); });
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'for zhang'));
  await until(() => problems.length === 1);
  for (const user of [undefined, 'zhang', '', 'zhang']) assert.equal((await sync(user)).state, 'registered');
  assert.deepEqual([rows(device).length, backend.devices.get(device.aaid).keys[0].keyId], [1, key.keyId]);
  assert.equal((await sync(undefined)).state, 'registered');
  assert.equal((await sync('li')).state, 'registered');
  assert.equal(rows(device).length, 0, 'who was signed in before is remembered');
});

test('a device that was registered without a user keeps its messages at the first sign-in', async (t) => {
  const backend = await startBackend();
  t.after(() => backend.close());
  const device = makeDevice();
  t.after(() => device.process.kill());
  const { problems, sync } = await restart(device, backend, async () => { throw new Error('not now'); });
  await sync(undefined);
  const [key] = backend.devices.get(device.aaid).keys;
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'for whoever it is'));
  await until(() => problems.length === 1);
  await sync('zhang');
  assert.deepEqual([rows(device).length, backend.devices.get(device.aaid).keys[0].keyId], [1, key.keyId]);
});

test('while the database refuses to erase, another user is not registered and gets nothing', async (t) => {
  const given = [];
  let zhang = true;
  const handler = async (message) => { if (zhang) throw new Error('not now'); given.push(message.text()); };
  const { backend, device, problems, sync } = await signedIn(t, handler, { allowPlaintext: true });
  device.timeFactor = 50;
  device.pushKit.send(device, 'BACKGROUND', '"plain, for zhang"');
  await until(() => problems.length >= 1);
  zhang = false;
  device.fault = (call) => (call.startsWith('relationalStore.executeSync DELETE') ? new KitError(14800029, 'the disk is full') : undefined);
  assert.deepEqual([(await sync('li')).state, backend.devices.get(device.aaid).user], ['failed', 'zhang']);
  await rest(100);
  assert.deepEqual(given, []);
  device.fault = undefined;
  assert.equal((await sync('li')).state, 'registered');
  await rest(100);
  assert.deepEqual([given, rows(device)], [[], []]);
});

test('while the keys cannot be erased, a message that was handled is not handled again', async (t) => {
  let handled = 0;
  const handler = async () => void (handled += 1);
  const { backend, device, key, sync } = await signedIn(t, handler);
  const sealed = await seal(key, 'once');
  device.pushKit.send(device, 'BACKGROUND', sealed);
  await until(() => handled === 1);
  device.fault = (call) => (call === 'asset.removeSync' ? new KitError(24000001, 'the Asset Store is not available') : undefined);
  assert.equal((await sync('li')).state, 'failed');
  device.fault = undefined;
  const next = await restart(device, backend, handler);
  device.pushKit.send(device, 'BACKGROUND', sealed);
  await rest(30);
  assert.equal(handled, 1);
  assert.equal((await next.sync('li')).state, 'registered');
  assert.deepEqual(device.databases.get('pushseal.db').select('SELECT 1 FROM pushseal_inbox', []).rows, []);
});

test('a message whose attachment is being fetched at a logout does not reach the handler', async (t) => {
  const given = [];
  const { backend, device, key, problems, forget, sync } = await signedIn(t, async (message) => void given.push(message.text()));
  let answer;
  backend.failures.push((request, response) => {
    if (!request.url.includes('/attachments/')) return false;
    answer = () => response.end(backend.attachments.get('a1'));
    return true;
  });
  device.pushKit.send(device, 'BACKGROUND', await seal(key, undefined, { ref: attach(backend, 'a1', false) }));
  await until(() => answer !== undefined);
  const left = forget();
  await rest(10);
  answer();
  await left;
  await sync('li');
  device.pushKit.send(device, 'BACKGROUND', await seal(backend.devices.get(device.aaid).keys[0], 'for li'));
  await until(() => given.length > 0);
  await rest(20);
  assert.deepEqual([given, problems], [['"for li"'], []]);
});

test('a handler that runs at a logout does not hold up the next user; its window closes', async (t) => {
  const given = [];
  let closed = false;
  const handler = async (message, window) => {
    given.push(message.text());
    if (given.length > 1) return;
    await new Promise((resolve) => window.onClose(resolve));
    closed = !window.isOpen();
    throw new Error('stopped');
  };
  const { backend, device, key, problems, forget, sync } = await signedIn(t, handler);
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'for zhang'));
  await until(() => given.length === 1);
  await forget();
  await sync('li');
  device.pushKit.send(device, 'BACKGROUND', await seal(backend.devices.get(device.aaid).keys[0], 'for li'));
  await until(() => given.length === 2);
  await rest(20);
  assert.deepEqual([given[1], closed, problems], ['"for li"', true, []]);
});

test('a logout ends a registration that waits to try again, and erases at once', async (t) => {
  const { backend, device, forget, sync } = await signedIn(t, async () => {});
  for (let i = 0; i < 2; i += 1) backend.failNext(503, { 'retry-after': '600' });
  const slow = { attempts: 6, firstDelay: 600000, maxDelay: 600000 };
  const syncing = sync('zhang', { region: 'de', retry: slow });
  const queued = sync('zhang', { region: 'sg', retry: slow });
  await until(() => backend.failures.length === 1);
  const begun = performance.now();
  backend.failures = [];
  await forget();
  assert.ok(performance.now() - begun < 2000);
  for (const outcome of await Promise.all([syncing, queued])) {
    assert.deepEqual([outcome.state, outcome.message, outcome.code], ['failed', 'ended by PushSeal.unregister()', 0]);
  }
  assert.deepEqual([device.assets.size, backend.devices.size, backend.requests.at(-1).method], [0, 0, 'DELETE']);
});

test('a request of a registration that is under way at a logout ends first, and leaves nothing', async (t) => {
  const { backend, device, forget, sync } = await signedIn(t, async () => {});
  let answer;
  backend.failures.push((request, response) => {
    backend.devices.set(device.aaid, JSON.parse(backend.requests.at(-1).body));
    answer = () => response.writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ keyIds: backend.devices.get(device.aaid).keys.map(({ keyId }) => keyId) }));
    return true;
  });
  const syncing = sync('zhang', { region: 'de' });
  await until(() => answer !== undefined);
  const left = forget();
  await until(() => device.assets.size === 0);
  assert.notEqual(backend.requests.at(-1).method, 'DELETE');
  answer();
  await left;
  assert.deepEqual([(await syncing).state, backend.devices.size, device.assets.size], ['failed', 0, 0]);
  assert.equal(device.preferences.get('pushseal').registration, '');
});

test('a registration that is asked for during a logout comes after it', async (t) => {
  const { backend, device, forget, sync } = await signedIn(t, async () => {});
  const left = forget();
  const [outcome] = await Promise.all([sync('zhang'), left]);
  assert.deepEqual([outcome.state, outcome.reason, backend.devices.get(device.aaid)?.user], ['registered', 'never', 'zhang']);
  assert.deepEqual(backend.requests.map(({ method }) => method), ['PUT', 'DELETE', 'PUT']);
});
