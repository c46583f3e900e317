import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { KitError } from '../../doubles/kits/device.mjs';
import { startBackend } from '../../doubles/backend/server.mjs';
import { restart, retry, start, stored } from './syncing.mjs';

test('the first start registers token, key and region, and stores it after the 2xx', async (t) => {
  const { backend, device, sync } = await start(t);
  const outcome = await sync({ user: 'zhang', authorization: async () => 'app-jwt' });
  assert.deepEqual([outcome.state, outcome.reason, outcome.code], ['registered', 'never', 0]);
  const registration = backend.devices.get(device.aaid);
  assert.equal(registration.token, await device.pushKit.token(device.aaid));
  assert.deepEqual([registration.region, registration.bundle, registration.user], ['cn', 'com.example.pushseal', 'zhang']);
  assert.equal(registration.keys.length, 1);
  assert.equal(Buffer.from(registration.keys[0].key, 'base64url').length, 32);
  assert.equal(backend.requests[0].headers.authorization, 'Bearer app-jwt');
  assert.equal(stored(device).keyId, registration.keys[0].keyId);
});

test('a second start sends nothing; a new token, user or region is sent', async (t) => {
  const { backend, device, sync } = await start(t);
  await sync();
  let next = await restart(device, backend);
  assert.equal((await next.sync()).state, 'current');
  assert.equal(backend.requests.length, 1);
  device.pushKit.renew(device);
  next = await restart(device, backend);
  assert.equal((await next.sync()).reason, 'token');
  assert.equal((await next.sync({ user: 'li' })).reason, 'account');
  assert.equal((await next.sync({ user: 'li', region: 'de' })).reason, 'region');
  assert.equal(backend.devices.get(device.aaid).token, await device.pushKit.token(device.aaid));
});

test('when notifications came on, the token is sent again: a notification sent meanwhile ended it at the backend', async (t) => {
  const { backend, device, sync } = await start(t, { notificationsAllowed: false });
  assert.equal((await sync()).reason, 'never');
  const restarted = async () => (await (await restart(device, backend)).sync()).reason;
  assert.equal(await restarted(), 'current');
  device.notificationsAllowed = true;
  assert.equal(await restarted(), 'notifications');
  assert.equal(await restarted(), 'current');
  device.notificationsAllowed = false;
  assert.equal(await restarted(), 'current');
  device.notificationsAllowed = true;
  device.fault = (call) => (call === 'notificationManager.isNotificationEnabledSync' ? new KitError(1600001, 'internal error') : undefined);
  assert.equal(await restarted(), 'current');
  device.fault = undefined;
  assert.equal(await restarted(), 'notifications');
  assert.equal(backend.requests.length, 3);
});

test('without consent neither Push Kit nor the backend is asked, and no key is made; with it they are', async (t) => {
  const { backend, device, sync } = await start(t, { sdkApiVersion: 23 });
  const asked = [];
  device.fault = (call) => void asked.push(call);
  let consent = false;
  assert.deepEqual([await sync({ consent: () => consent }), await sync({ consent: async () => consent })].map(({ state, token }) => [state, token]),
    [['no consent', ''], ['no consent', '']]);
  assert.deepEqual([asked.filter((call) => /^(pushService\.(getToken|bind)|AAID|http)/.test(call)), backend.requests, device.assets.size], [[], [], 0]);
  const unreadable = await sync({ consent: async () => { throw new Error('the preferences cannot be read'); } });
  assert.deepEqual([unreadable.state, unreadable.reason, unreadable.message, backend.requests], ['failed', 'Error', 'Error was thrown', []]);
  consent = true;
  assert.equal((await sync({ consent: async () => consent })).state, 'registered');
  assert.ok(asked.includes('pushService.getToken'));
});

test('a token that changes after the consent was withdrawn is not registered', async (t) => {
  const { backend, device, sync } = await start(t, { sdkApiVersion: 23 });
  let consent = true;
  await sync({ consent: () => consent });
  consent = false;
  device.pushKit.renew(device);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(backend.requests.length, 1);
});

test('several starts at once send one request and ask for one token', async (t) => {
  const { backend, device, sync } = await start(t);
  let asked = 0;
  const token = device.pushKit.token.bind(device.pushKit);
  device.pushKit.token = (aaid) => ((asked += 1), token(aaid));
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => sync()));
  assert.ok(outcomes.every((outcome) => outcome.state === 'registered'));
  assert.deepEqual([backend.requests.length, asked], [1, 1]);
});

test('a backend that fails and recovers is tried again', async (t) => {
  const { backend, sync } = await start(t);
  backend.failNext(500);
  backend.failNext(503, { 'retry-after': '1' });
  backend.failures.push((request) => (request.socket.destroy(), true));
  assert.equal((await sync()).state, 'registered');
  assert.equal(backend.requests.length, 4);
});

for (const [status, attempts] of [[500, 4], [503, 4], [429, 4], [401, 3], [403, 3], [400, 1], [404, 1], [413, 1], [301, 1]]) {
  test(`a backend that answers ${status} gets ${attempts} attempts, and nothing is stored`, async (t) => {
    const { backend, device, sync } = await start(t);
    for (let i = 0; i < 8; i += 1) backend.failNext(status);
    const outcome = await sync();
    assert.deepEqual([outcome.state, outcome.code, backend.requests.length], ['failed', status, attempts]);
    assert.deepEqual(stored(device), {});
    backend.failures = [];
    assert.equal((await sync()).state, 'registered');
  });
}

test('an answer that is not the backend\'s is not taken for a yes', async (t) => {
  const { backend, device, sync } = await start(t);
  const portal = (_, response) => (response.end('<html>Log in to the hotel</html>'), true);
  backend.failures = [portal, portal, portal];
  assert.equal((await sync()).state, 'failed');
  assert.deepEqual(stored(device), {});
});

test('a backend that is not there, or never answers, leaves the token unsynced', async (t) => {
  const { device, sync } = await start(t);
  const gone = await startBackend();
  await gone.close();
  assert.deepEqual([(await sync({ baseUrl: gone.baseUrl })).code, stored(device)], [2300007, {}]);
  const silent = createServer(() => {});
  await new Promise((listening) => silent.listen(0, '127.0.0.1', listening));
  t.after(() => silent.close());
  device.timeFactor = 300;
  const outcome = await sync({ baseUrl: `http://127.0.0.1:${silent.address().port}`, retry: { ...retry, attempts: 2 } });
  assert.deepEqual([outcome.state, outcome.code, stored(device)], ['failed', 2300028, {}]);
});

const pushKitAttempts = {
  1000900001: 4, 1000900006: 4, 1000900007: 4, 1000900008: 4, 1000900009: 4, 1000900011: 4,
  1000900010: 3, 1000900005: 1, 1000900012: 1, 1000900013: 1, 1000900014: 1, 401: 1, 1000999999: 3,
};
for (const [code, attempts] of Object.entries(pushKitAttempts)) {
  test(`Push Kit's error ${code} gets ${attempts} attempts`, async (t) => {
    const { backend, device, sync } = await start(t);
    let asked = 0;
    device.pushKit.token = async () => {
      asked += 1;
      throw new KitError(Number(code), 'injected');
    };
    const outcome = await sync();
    assert.deepEqual([outcome.state, outcome.code, asked], ['failed', Number(code), attempts]);
    assert.equal(backend.requests.length, 0);
  });
}

test('before the first unlock there is no key: its own outcome, and nothing is made or sent', async (t) => {
  const { backend, device, sync } = await start(t);
  await sync();
  device.unlocked = false;
  const next = await restart(device, backend);
  assert.equal((await next.sync()).state, 'not unlocked');
  device.unlocked = true;
  assert.equal((await next.sync()).state, 'current');
  assert.equal(device.assets.size, 1);
});

test('an old key is replaced; the previous one stays registered and usable', async (t) => {
  const { backend, device, sync } = await start(t);
  await sync();
  const [old] = backend.devices.get(device.aaid).keys;
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 91 * 86400000 });
  device.pass(91 * 86400000);
  assert.equal((await sync()).reason, 'key');
  const { keys } = backend.devices.get(device.aaid);
  assert.deepEqual([keys.length, keys[1]], [2, old]);
  assert.notEqual(keys[0].keyId, old.keyId);
  t.mock.timers.setTime(Date.now() + 91 * 86400000);
  device.pass(91 * 86400000);
  await sync();
  assert.equal(device.assets.size, 2, 'the key before the previous one is gone');
});

test('a key that the backend did not accept is not piled upon', async (t) => {
  const { backend, device, sync } = await start(t);
  await sync();
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 91 * 86400000 });
  device.pass(91 * 86400000);
  for (let i = 0; i < 8; i += 1) backend.failNext(500);
  await sync();
  await sync();
  assert.equal(device.assets.size, 2);
  await sync();
  assert.equal(backend.devices.get(device.aaid).keys.length, 2);
});

test('a token that changes while the app runs is registered where the system tells', async (t) => {
  const { backend, device, sync } = await start(t, { sdkApiVersion: 23 });
  await sync();
  const renewed = device.pushKit.renew(device);
  while (backend.devices.get(device.aaid).token !== renewed) await new Promise((resolve) => setTimeout(resolve, 2));
});

test('a token that changes while a registration runs is registered after it', async (t) => {
  const { backend, device, sync } = await start(t, { sdkApiVersion: 23 });
  let renewed;
  backend.failures.push(() => {
    renewed = device.pushKit.renew(device);
    return false;
  });
  assert.equal((await sync()).state, 'registered');
  for (let i = 0; i < 500 && backend.devices.get(device.aaid).token !== renewed; i += 1) await new Promise((resolve) => setTimeout(resolve, 2));
  assert.equal(backend.devices.get(device.aaid).token, renewed);
});

test('options that can never work are refused at once', async (t) => {
  const { begin, pushseal } = await start(t);
  const refused = (error) => error.code === pushseal.PushSealError.InvalidArgument && error instanceof pushseal.PushSealFailure;
  for (const changes of [{ baseUrl: 'http://push.example.com' }, { baseUrl: 'ftp://127.0.0.1' }, { baseUrl: '' }, { region: '' }]) {
    assert.throws(() => begin(changes), refused, JSON.stringify(changes));
  }
});

test("the device's id is the one that the backend's answer names, also at the next start; the AAID where it names none", async (t) => {
  const { backend, device, sync } = await start(t);
  backend.failures.push((request, response, it) => {
    const { keys } = JSON.parse(it.requests.at(-1).body);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ deviceId: 'id-of-the-backend', keyIds: keys.map(({ keyId }) => keyId) }));
    return true;
  });
  assert.equal((await sync()).deviceId, 'id-of-the-backend');
  assert.deepEqual([(await (await restart(device, backend)).sync())].map(({ state, deviceId }) => [state, deviceId]), [['current', 'id-of-the-backend']]);
  for (const odd of [undefined, 7, '', null]) {
    const next = await start(t);
    next.backend.failures.push((request, response, it) => {
      const { keys } = JSON.parse(it.requests.at(-1).body);
      response.end(JSON.stringify({ deviceId: odd, keyIds: keys.map(({ keyId }) => keyId) }));
      return true;
    });
    assert.equal((await next.sync()).deviceId, next.device.aaid);
  }
});
