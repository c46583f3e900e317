import assert from 'node:assert/strict';
import test from 'node:test';
import { KitError } from '../../doubles/kits/device.mjs';
import { systemWrites } from '../../doubles/kits/push-kit-service.mjs';
import { har, importInApp, makeContext, makeDevice, startApp } from './app.mjs';
import { registered } from './registered.mjs';
import { seal } from './sealing.mjs';

const rows = (device, condition = '1') =>
  device.databases.get('pushseal.db').select(`SELECT id, state, payload, attempts FROM pushseal_inbox WHERE ${condition} ORDER BY seq`, []).rows;
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A registered device whose app is then replaced by a bare ability with `handler`. */
async function listening(t, handler, options = {}) {
  const world = await registered(t);
  return { ...world, ...(await relisten(world.device, handler, options)) };
}

async function relisten(device, handler, options = {}) {
  device.process.kill();
  const { module: pushseal } = await importInApp(device, har);
  device.process.foreground = true;
  const problems = [];
  pushseal.listen({ context: makeContext(device) }, handler, { onProblem: (problem) => problems.push(problem), ...options });
  await rest(5);
  return { pushseal, problems };
}

async function until(condition, timeout = 5000) {
  for (const end = performance.now() + timeout; !condition(); ) {
    if (performance.now() > end) throw new Error(`not reached: ${condition}`);
    await rest(2);
  }
}

test('a handler that throws gets the message again, until it succeeds', async (t) => {
  let calls = 0;
  const { device, key, problems } = await listening(t, async () => {
    calls += 1;
    if (calls < 3) throw new Error('not now');
  });
  device.timeFactor = 50;
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 1, { jti: 'a' }));
  await until(() => rows(device, 'state = 2').length === 1);
  assert.equal(calls, 3);
  assert.deepEqual(problems.map((problem) => [problem.reason, problem.dropped]), [['HandlerFailed', false], ['HandlerFailed', false]]);
  assert.deepEqual(rows(device), [['a', 2, '', 2]]);
});

test('a handler that fails does not hold up the messages behind it', async (t) => {
  const got = [];
  const { device, key } = await listening(t, async (message) => {
    if (message.text() === '"bad"') throw new Error('no');
    got.push(message.text());
  });
  for (const data of ['bad', 'good', 'better']) device.pushKit.send(device, 'BACKGROUND', await seal(key, data));
  await until(() => got.length === 2);
  assert.deepEqual(got, ['"good"', '"better"']);
});

test('a failed message comes again at the next start', async (t) => {
  const { device, key } = await listening(t, async () => {
    throw new Error('no');
  });
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'again', { jti: 'b' }));
  await until(() => rows(device, 'attempts = 1').length === 1);
  const got = [];
  await relisten(device, async (message) => void got.push(message.id));
  await until(() => got.length === 1);
  assert.deepEqual(got, ['b']);
});

test('a handler that overruns is reported; its late success counts', async (t) => {
  let finish;
  let calls = 0;
  const { device, key, problems } = await listening(t, () => {
    calls += 1;
    return new Promise((resolve) => (finish = resolve));
  });
  device.timeFactor = 500;
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 1));
  await until(() => problems.length === 1);
  assert.deepEqual([problems[0].reason, problems[0].dropped, rows(device)[0][1]], ['HandlerOverran', false, 1]);
  device.pushKit.send(device, 'IM', await seal(key, 2));
  await until(() => calls === 2);
  finish();
  await until(() => rows(device, 'state = 2').length === 1);
  assert.equal(calls, 2);
});

test('the handler is told how much of its window is left', async (t) => {
  let left;
  const { device, key } = await listening(t, async (message, window) => {
    left = window.remaining();
    assert.ok(window.isOpen());
  });
  device.pushKit.send(device, 'VoIP', await seal(key, 1));
  await until(() => left !== undefined);
  assert.ok(left > 8000 && left <= 9000, `${left}`);
});

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
  const { pushseal, problems } = await relisten(device, async (message) => void got.push(message.text()));
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'early'));
  device.pushKit.send(device, 'IM', await seal(key, 'early', { jti: 'x' }));
  await until(() => problems.length === 2);
  assert.deepEqual(rows(device).map((row) => [row[0], row[1]]), [[null, 0], [null, 0]]);
  for (const [alias, asset] of stored) device.assets.set(alias, asset);
  await pushseal.syncToken(makeContext(device), { baseUrl: backend.baseUrl, region: 'cn', consent: () => true });
  await until(() => got.length === 2);
});

test('the same sealed message waiting twice is handled once', async (t) => {
  const { device, key, backend } = await registered(t);
  const stored = [...device.assets];
  device.assets.clear();
  const got = [];
  const { pushseal } = await relisten(device, async (message) => void got.push(message.id));
  const sealed = await seal(key, 'twice');
  device.pushKit.send(device, 'BACKGROUND', sealed);
  device.pushKit.send(device, 'IM', sealed);
  await until(() => rows(device).length === 2);
  for (const [alias, asset] of stored) device.assets.set(alias, asset);
  await pushseal.syncToken(makeContext(device), { baseUrl: backend.baseUrl, region: 'cn', consent: () => true });
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

test('a notification that is shown in the foreground is not reported as unsealed', async (t) => {
  const { device, problems } = await (async () => {
    const world = await registered(t, { sdkApiVersion: 14 });
    return { ...world, ...(await relisten(world.device, async () => {})) };
  })();
  assert.equal(device.process.receivers.size, 4);
  device.process.receivers.get('DEFAULT')({ type: 'ALERT', data: '{"data":"","header":{"token":"MA**"},"notification":{"title":"t"}}' });
  await rest(10);
  assert.deepEqual(problems, []);
});

test('a database that refuses keeps messages in memory and takes them in later', async (t) => {
  const got = [];
  const { device, key, problems } = await listening(t, async (message) => void got.push(message.text()));
  device.timeFactor = 20;
  device.fault = (call) => (call.startsWith('relationalStore.insertSync') ? new KitError(14800029, 'the disk is full') : undefined);
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'full'));
  await rest(30);
  assert.deepEqual([got.length, problems[0].reason, problems[0].dropped], [0, 'InboxUnavailable', false]);
  device.fault = undefined;
  await until(() => got.length === 1);
});

test('a database that does not open at the start is tried again', async (t) => {
  const { device, key } = await registered(t);
  device.timeFactor = 20;
  let failures = 3;
  device.fault = (call) => (call === 'relationalStore.getRdbStore' && failures-- > 0 ? new KitError(14800000, 'inner error') : undefined);
  const got = [];
  await relisten(device, async (message) => void got.push(message.text()));
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'patient'));
  await until(() => got.length === 1);
});

test('a success that the database cannot record is not forgotten while the process lives', async (t) => {
  const got = [];
  const { device, key } = await listening(t, async (message) => void got.push(message.text()));
  device.fault = (call) => (call === 'relationalStore.updateSync' ? new KitError(14800029, 'the disk is full') : undefined);
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'once'));
  await until(() => got.length === 1);
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'two'));
  await until(() => got.length === 2);
  device.fault = undefined;
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'three'));
  await until(() => rows(device, 'state = 2').length === 3);
  assert.deepEqual(got, ['"once"', '"two"', '"three"']);
});

test('a success that is recorded late does not come again out of a batch that was read before', async (t) => {
  const got = [];
  const { device, key, pushseal } = await listening(t, async (message) => {
    const first = got.length === 0;
    got.push(message.text());
    if (first) throw new Error('not now');
    const full = message.text() === '"second"';
    device.fault = (call) => (full && call === 'relationalStore.updateSync' ? new KitError(14800029, 'the disk is full') : undefined);
  });
  device.timeFactor = 50;
  for (const data of ['first', 'second']) systemWrites(device, await seal(key, data));
  await pushseal.drain();
  await until(() => rows(device, 'state = 2').length === 2);
  await rest(5);
  assert.deepEqual(got, ['"first"', '"second"', '"first"']);
});

test('nothing is read or written in a transaction that failed and cannot be rolled back', async (t) => {
  const got = [];
  const handler = async (message) => void got.push(message.id);
  const { device, key, pushseal } = await listening(t, handler);
  const messages = await Promise.all(['table', 'im'].map((id) => seal(key, id, { jti: id })));
  systemWrites(device, messages[0]);
  const refused = { commit: 1, rollBack: 2 };
  device.fault = (call) => (refused[call.split('.')[1]]-- > 0 ? new KitError(14800000, 'inner error') : undefined);
  await pushseal.drain();
  device.pushKit.send(device, 'IM', messages[1]);
  await until(() => got.includes('im'));
  await rest(5);
  const next = await relisten(device, handler);
  device.pushKit.send(device, 'IM', messages[1]);
  await next.pushseal.drain();
  await until(() => got.includes('table'));
  await rest(5);
  assert.deepEqual(got, ['im', 'table']);
});

test('a transaction that the failed statement ended does not close the inbox', async (t) => {
  const got = [];
  const { device, key, pushseal } = await listening(t, async (message) => void got.push(message.id));
  systemWrites(device, await seal(key, 1, { jti: 'table' }));
  let failures = 1;
  device.fault = (call) => {
    if (call !== 'relationalStore.commit' || failures-- < 1) return undefined;
    device.databases.get('pushseal.db').sql.run('ROLLBACK');
    return new KitError(14800029, 'the disk is full');
  };
  await pushseal.drain();
  await pushseal.drain();
  await until(() => got.length === 1);
});

test('a full inbox drops the oldest, sealed ones first, and says so', async (t) => {
  const { device, problems } = await (async () => {
    const world = await registered(t);
    const { sql } = world.device.databases.get('pushseal.db');
    const add = sql.prepare('INSERT INTO pushseal_inbox (id, state, path, payload, attempts, received_at, expires_at) VALUES (?, ?, ?, ?, 0, ?, ?)');
    const far = Date.now() + 1e9;
    for (let i = 0; i < 10003; i += 1) add.run([null, 0, 'table', `e.${i}.b.c.d`, Date.now(), far]);
    add.run([null, 0, 'table', 'old', Date.now() - 16 * 86400000, far]);
    for (let i = 0; i < 20010; i += 1) add.run([`h${i}`, 2, 'table', '', 0, i < 100 ? 1000 : far]);
    return { ...world, ...(await relisten(world.device, async () => {})) };
  })();
  await until(() => rows(device, 'state = 2').length <= 20000);
  assert.equal(problems.filter((problem) => problem.reason === 'Retired' && problem.dropped).length, 4);
  assert.equal(rows(device, "id IN ('h0', 'h99')").length, 0, 'expired ids go first');
});

test('an inbox that grows while the app runs is kept within its bounds', async (t) => {
  const { device, key, problems } = await listening(t, async () => {});
  const { sql } = device.databases.get('pushseal.db');
  const add = sql.prepare('INSERT INTO pushseal_inbox (id, state, path, payload, attempts, received_at, expires_at) VALUES (?, ?, ?, ?, 0, ?, ?)');
  for (let i = 0; i < 10495; i += 1) add.run([null, 0, 'table', `e.${i}.b.c.d`, Date.now(), Date.now() + 1e9]);
  for (let i = 0; i < 5; i += 1) device.pushKit.send(device, 'BACKGROUND', await seal(key, i));
  await until(() => rows(device, 'state = 2').length === 5);
  const waiting = rows(device, 'state = 0').length;
  assert.ok(waiting > 9990 && waiting <= 10000, `${waiting}`);
  assert.equal(problems.filter((problem) => problem.reason === 'Retired' && problem.dropped).length, 10495 - waiting);
});

test('ten thousand messages are drained and handled in pieces that leave the thread free', async (t) => {
  const { device, key } = await registered(t);
  device.process.kill();
  for (let i = 0; i < 10000; i += 1) systemWrites(device, await seal(key, { i }, { jti: `row${i}` }));
  let handled = 0;
  const { pushseal } = await relisten(device, async () => void (handled += 1));
  let longest = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  t.after(() => clearInterval(watch));
  const begun = performance.now();
  assert.equal(await pushseal.drain(), 10000);
  const drained = performance.now() - begun;
  await until(() => handled >= 10000, 60000);
  const took = performance.now() - begun;
  console.log(`report: 10,000 messages drained in ${drained.toFixed(0)} ms and handled in ${took.toFixed(0)} ms, `
    + `the thread was never taken for longer than ${longest.toFixed(1)} ms`);
  assert.ok(longest < drained / 4, `${longest}`);
  await rest(5);
  assert.equal(rows(device, 'state = 2').length, 10000);
  assert.equal(handled, 10000);
  assert.equal(device.databases.get('pushseal.db').select('SELECT COUNT(*) FROM t_push_message', []).rows[0][0], 0);
});

test('ten thousand messages that waited for their key are opened in pieces that leave the thread free', async (t) => {
  const { device, key, backend } = await registered(t);
  const stored = [...device.assets];
  device.assets.clear();
  let handled = 0;
  const { pushseal } = await relisten(device, async () => void (handled += 1));
  const { sql } = device.databases.get('pushseal.db');
  const add = sql.prepare('INSERT INTO pushseal_inbox (id, state, path, payload, attempts, received_at, expires_at) VALUES (NULL, 0, ?, ?, 0, ?, ?)');
  for (let i = 0; i < 10000; i += 1) add.run(['table', JSON.stringify({ data: await seal(key, { i }) }), Date.now(), Date.now() + 1e9]);
  for (const [alias, asset] of stored) device.assets.set(alias, asset);
  const spans = [];
  let last = performance.now();
  const watch = setInterval(() => {
    spans.push(performance.now() - last);
    last = performance.now();
  }, 1);
  const begun = performance.now();
  await pushseal.syncToken(makeContext(device), { baseUrl: backend.baseUrl, region: 'cn', consent: () => true });
  const took = performance.now() - begun;
  const longest = Math.max(...spans, performance.now() - last);
  console.log(`report: 10,000 waiting messages opened in ${took.toFixed(0)} ms, the thread was never taken for longer than ${longest.toFixed(1)} ms`);
  assert.ok(longest < took / 4, `${longest} of ${took}`);
  await until(() => handled === 10000, 60000);
  clearInterval(watch);
});

test('a plain tap is dropped, unless the app allows plain messages', async (t) => {
  const got = [];
  const { device, pushseal, problems } = await listening(t, async (message) => void got.push([message.text(), message.sealed]));
  const tapped = { parameters: { pushseal: '{"page":"forged"}' } };
  assert.equal(pushseal.openTap(tapped), null);
  assert.deepEqual(problems.map(({ reason, path, dropped }) => [reason, path, dropped]), [['NotSealed', 'tap', true]]);
  const next = await relisten(device, async (message) => void got.push([message.text(), message.sealed]), { allowPlaintext: true });
  const message = next.pushseal.openTap(tapped);
  assert.deepEqual([message.text(), message.sealed, message.path], ['{"page":"forged"}', false, 'tap']);
  await until(() => got.length === 1);
  assert.deepEqual(got, [['{"page":"forged"}', false]]);
  for (const parameters of [undefined, {}, { pushseal: 1 }, { pushseal: null }, { other: 'x' }]) assert.equal(next.pushseal.openTap({ parameters }), null);
});

test('drain and openTap want listen first', async (t) => {
  const device = makeDevice();
  const { module: pushseal } = await importInApp(device, har);
  t.after(() => device.process.kill());
  await assert.rejects(pushseal.drain(), { code: 3001, message: /listen\(\) first/ });
  assert.throws(() => pushseal.openTap({}), { code: 3001 });
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
