import assert from 'node:assert/strict';
import test from 'node:test';
import { har, importInApp, makeDevice, startApp } from './app.mjs';
import { listening, relisten, rest, rows, until } from './listening.mjs';
import { registered } from './registered.mjs';
import { seal } from './sealing.mjs';

test('nothing in the database but ciphertext', async (t) => {
  const { device, key } = await listening(t, async () => {
    throw new Error('keep it');
  });
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'plaintext-marker'));
  await until(() => rows(device, 'attempts = 1').length === 1);
  const { database } = { database: Buffer.from(device.databases.get('pushseal.db').sql.export()) };
  assert.ok(database.includes(Buffer.from('pushseal_inbox')));
  assert.ok(!database.includes(Buffer.from('plaintext-marker')));
  const { config } = device.databases.get('pushseal.db');
  assert.deepEqual([config.encrypt, config.securityLevel], [true, 2]);
});

test('a message sealed with a key to come waits, and opens when the key is there', async (t) => {
  const { device, key, backend } = await registered(t);
  const got = [];
  const stored = [...device.assets];
  device.assets.clear();
  const { pushseal, start, problems } = await relisten(device, async (message) => void got.push(message.text()));
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'early'));
  device.pushKit.send(device, 'IM', await seal(key, 'early', { jti: 'x' }));
  await until(() => problems.length === 2);
  assert.deepEqual(rows(device).map((row) => [row[0], row[1]]), [[null, 0], [null, 0]]);
  for (const [alias, asset] of stored) device.assets.set(alias, asset);
  start({ baseUrl: backend.baseUrl, consent: () => true });
  await pushseal.PushSeal.register();
  await until(() => got.length === 2);
});

test('the same sealed message waiting twice is handled once', async (t) => {
  const { device, key, backend } = await registered(t);
  const stored = [...device.assets];
  device.assets.clear();
  const got = [];
  const { pushseal, start } = await relisten(device, async (message) => void got.push(message.id));
  const sealed = await seal(key, 'twice');
  device.pushKit.send(device, 'BACKGROUND', sealed);
  device.pushKit.send(device, 'IM', sealed);
  await until(() => rows(device).length === 2);
  for (const [alias, asset] of stored) device.assets.set(alias, asset);
  start({ baseUrl: backend.baseUrl, consent: () => true });
  await pushseal.PushSeal.register();
  await until(() => rows(device, 'state = 2').length === 1);
  await rest(20);
  assert.deepEqual([got.length, rows(device).length], [1, 1]);
});

const drops = {
  Malformed: async () => 'e.y',
  NotSealed: async () => '{"plain":1}',
  DecryptionFailed: async (key) => (await seal(key, 1)).slice(0, -4) + 'AAAA',
  Expired: async (key) => seal(key, 1, { iat: 1000, exp: 2000 }),
  WrongAudience: async (key) => seal(key, 1, { aud: 'com.example.other' }),
  TooLarge: async (key) => 'e'.repeat(20000),
};
for (const [reason, make] of Object.entries(drops)) {
  test(`a message that is ${reason} is dropped and reported by that name`, async (t) => {
    const { device, key, problems } = await listening(t, async () => assert.fail('handled'));
    device.pushKit.send(device, 'BACKGROUND', await make(key));
    await until(() => problems.length === 1);
    assert.deepEqual([problems[0].reason, problems[0].dropped, problems[0].path], [reason, true, 'background']);
    assert.deepEqual(rows(device), []);
  });
}

test('a plain message is handled where the app allows it', async (t) => {
  const got = [];
  const { device } = await listening(t, async (message) => void got.push([message.text(), message.sealed]), { allowPlaintext: true });
  device.pushKit.send(device, 'BACKGROUND', '{"plain":1}');
  await until(() => got.length === 1);
  assert.deepEqual(got, [['{"plain":1}', false]]);
});

test('a plain tap is dropped, unless the app allows plain messages', async (t) => {
  const got = [];
  const { device, pushseal, problems } = await listening(t, async (message) => void got.push([message.text(), message.sealed]));
  const tapped = { parameters: { pushseal: '{"page":"forged"}' } };
  assert.equal(pushseal.PushSeal.opened(tapped), null);
  assert.deepEqual(problems.map(({ reason, path, dropped }) => [reason, path, dropped]), [['NotSealed', 'tap', true]]);
  const next = await relisten(device, async (message) => void got.push([message.text(), message.sealed]), { allowPlaintext: true });
  const message = next.pushseal.PushSeal.opened(tapped);
  assert.deepEqual([message.text(), message.sealed, message.path], ['{"page":"forged"}', false, 'tap']);
  await until(() => got.length === 1);
  assert.deepEqual(got, [['{"page":"forged"}', false]]);
  for (const parameters of [undefined, {}, { pushseal: 1 }, { pushseal: null }, { other: 'x' }]) assert.equal(next.pushseal.PushSeal.opened({ parameters }), null);
});

test('before start there is nothing to open, and register and unregister say what is missing', async (t) => {
  const device = makeDevice();
  const { module: { PushSeal } } = await importInApp(device, har);
  t.after(() => device.process.kill());
  assert.equal(PushSeal.opened({ parameters: { pushseal: 'e.y' } }), null);
  await assert.rejects(PushSeal.register(), { code: 3001, message: /PushSeal\.start\(\) first/ });
  await assert.rejects(PushSeal.unregister(), { code: 3001, message: /PushSeal\.start\(\) first/ });
});

test('a clock set forward and back does not let a handled message in again', async (t) => {
  const { device, key, app } = await registered(t);
  const sealed = await seal(key, 'replayed');
  device.pushKit.send(device, 'BACKGROUND', sealed);
  await app.until((model) => model.messages.length === 1);
  app.kill();
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60 * 86400000 });
  const future = await startApp(device);
  await rest(20);
  future.kill();
  t.mock.timers.reset();
  const next = await startApp(device);
  device.pushKit.send(device, 'BACKGROUND', sealed);
  await rest(30);
  assert.deepEqual([future.model.messages, next.model.messages], [[], []]);
});
