// The backend asks whether messages to the push token arrive here, and the library answers.
import assert from 'node:assert/strict';
import test from 'node:test';
import { rest, until } from './listening.mjs';
import { start } from './syncing.mjs';
import { seal } from './sealing.mjs';

const inbox = (device) => device.databases.get('pushseal.db').select('SELECT id, state FROM pushseal_inbox', []).rows;

/** A registered device, and what its handler got. */
async function registered(t, options = {}) {
  const world = await start(t);
  const given = [];
  const outcome = await world.sync({ onMessage: async (message) => void given.push(message.id), ...options });
  assert.equal(outcome.state, 'registered');
  const [key] = world.backend.devices.get(world.device.aaid).keys;
  const challenge = async (nonce, claims = {}) => {
    const payload = await seal(key, nonce, { jti: `pushseal:proof:${nonce}`, aud: world.device.bundleName, ...claims });
    return world.device.pushKit.send(world.device, 'BACKGROUND', payload, { proxyData: true });
  };
  return { ...world, given, outcome, challenge };
}

test('a challenge is answered with its nonce for this device, and no handler gets it', async (t) => {
  const { backend, outcome, challenge, given, device } = await registered(t);
  backend.challenges.set(outcome.deviceId, 'a-nonce');
  assert.equal(await challenge('a-nonce'), 'receiver');
  await until(() => backend.proven.length === 1);
  assert.deepEqual(backend.proven, [outcome.deviceId]);
  assert.notEqual(outcome.deviceId, device.aaid);
  await until(() => inbox(device).every(([, state]) => state === 2));
  // It may come again, by another way.
  await challenge('a-nonce');
  await rest(20);
  assert.deepEqual([given, backend.proven.length], [[], 1]);
});

test('an answer that the backend never takes is tried six times, and no more at the next start', async (t) => {
  const { backend, outcome, challenge, device, begin } = await registered(t);
  const tries = () => backend.requests.filter(({ url }) => url.endsWith('/proof')).length;
  device.timeFactor = 1000;
  for (let i = 0; i < 40; i += 1) backend.failNext(503);
  backend.challenges.set(outcome.deviceId, 'a-nonce');
  await challenge('a-nonce');
  await until(() => inbox(device).every(([, state]) => state === 2), 20_000);
  begin();
  await rest(50);
  assert.deepEqual([tries(), backend.proven], [6, []]);
});

test('a challenge whose answer hangs in the app does not keep the messages behind it', async (t) => {
  let hangs = false;
  const authorization = () => (hangs ? new Promise(() => {}) : Promise.resolve(''));
  const { backend, outcome, challenge, given, device } = await registered(t, { authorization });
  hangs = true;
  backend.challenges.set(outcome.deviceId, 'a-nonce');
  await challenge('a-nonce');
  const [key] = backend.devices.get(device.aaid).keys;
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'behind', { jti: 'b1' }));
  await until(() => given.length === 1);
  assert.deepEqual(given, ['b1']);
});

test('an answer that the backend does not take is tried again at once and at the next start', async (t) => {
  const { backend, outcome, challenge, device, begin } = await registered(t);
  backend.challenges.set(outcome.deviceId, 'a-nonce');
  backend.failNext(503);
  await challenge('a-nonce');
  await until(() => backend.requests.some(({ url }) => url.endsWith('/proof')));
  begin();
  await until(() => backend.proven.length === 1, 20_000);
  await until(() => inbox(device).every(([, state]) => state === 2));
});

test('a plain message with such an id is no challenge', async (t) => {
  const { backend, outcome, device } = await registered(t, { allowPlaintext: true });
  backend.challenges.set(outcome.deviceId, 'a-nonce');
  device.pushKit.send(device, 'BACKGROUND', '"a-nonce"');
  await rest(30);
  assert.ok(backend.requests.every(({ url }) => !url.endsWith('/proof')));
});

test('where nobody signs in, the logout shows the key that the backend has', async (t) => {
  const { backend, device, PushSeal } = await registered(t);
  const [{ keyId, key }] = backend.devices.get(device.aaid).keys;
  await PushSeal.unregister();
  const { method, headers } = backend.requests.at(-1);
  assert.deepEqual([method, headers.authorization, backend.devices.size], ['DELETE', `Bearer ${keyId}.${key}`, 0]);
});

test('where users sign in, the key stays here', async (t) => {
  const { backend, device, PushSeal } = await registered(t, { authorization: async () => 'a.j.wt' });
  const [{ key }] = backend.devices.get(device.aaid).keys;
  await PushSeal.unregister();
  const { method, headers, body } = backend.requests.at(-1);
  assert.deepEqual([method, headers.authorization], ['DELETE', 'Bearer a.j.wt']);
  assert.ok(!body.includes(key));
});
