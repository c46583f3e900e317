import assert from 'node:assert/strict';
import test from 'node:test';
import { startBackend } from '../../doubles/backend/server.mjs';
import { KitError } from '../../doubles/kits/device.mjs';
import { listening, relisten, rows, until } from './listening.mjs';
import { seal } from './sealing.mjs';

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
  assert.deepEqual(rows(device), [['a', 2, '', 3]]);
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

test('an attempt counts once: a handler that overruns and then fails leaves no attempt open and takes none away', async (t) => {
  const fails = [];
  const { device, key, problems } = await listening(t, () => new Promise((_, reject) => fails.push(reject)));
  const unended = () => device.databases.get('pushseal.db').select('SELECT attempts, unended FROM pushseal_inbox', []).rows;
  device.timeFactor = 500;
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 1));
  for (let n = 1; n <= 3; n += 1) {
    await until(() => problems.filter(({ reason }) => reason === 'HandlerOverran').length === n);
    assert.deepEqual(unended(), [[n, 1]], 'it runs on');
    fails.at(-1)(new Error('late'));
    await until(() => problems.at(-1).reason === 'HandlerFailed' || fails.length > n);
    assert.equal(unended()[0][1], fails.length - n);
  }
});

test('a message whose handler overruns and then takes the process down is set aside', async (t) => {
  let calls = 0;
  const overruns = () => { calls += 1; return new Promise(() => {}); };
  const { device, key, problems } = await listening(t, overruns);
  device.timeFactor = 500;
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 1));
  await until(() => problems.some(({ reason }) => reason === 'HandlerOverran'));
  for (let start = 2; start <= 3; start += 1) {
    const next = await relisten(device, overruns);
    await until(() => next.problems.some(({ reason }) => reason === 'HandlerOverran'));
    assert.equal(calls, start);
  }
  const last = await relisten(device, overruns);
  await until(() => last.problems.length > 0);
  assert.deepEqual([calls, last.problems.map(({ reason }) => reason), rows(device, 'state = 3').length], [3, ['HandlerCrashed'], 1]);
});

test('a handler whose failures the database cannot record is not taken for one that ends the process', async (t) => {
  let calls = 0;
  let failed = false;
  const { device, key, problems } = await listening(t, async () => {
    calls += 1;
    failed = calls < 6;
    if (failed) throw new Error('no');
  });
  device.timeFactor = 200;
  device.fault = (call) => {
    if (!failed || !call.startsWith('relationalStore.executeSync UPDATE')) return undefined;
    failed = false;
    return new KitError(14800024, 'the database is locked');
  };
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 1));
  await until(() => rows(device, 'state = 2').length === 1 || problems.some(({ reason }) => reason === 'HandlerCrashed'));
  assert.deepEqual([calls, problems.filter(({ reason }) => reason === 'InboxUnavailable').length >= 5, rows(device, 'state = 2').length], [6, true, 1]);
});

test('a process that dies while it fetches the attachment has died in an attempt', async (t) => {
  const { device, key } = await listening(t, async () => assert.fail('handled'));
  const ref = { id: 'deadly', size: 40, sha256: 'A'.repeat(43), key: 'A'.repeat(22) };
  device.fault = (call) => (call.startsWith('http') ? 'kill' : undefined);
  device.pushKit.send(device, 'BACKGROUND', await seal(key, undefined, { ref }));
  for (let n = 0; n < 3; n += 1) {
    await until(() => !device.process.alive);
    await relisten(device, async () => assert.fail('handled'));
  }
  await until(() => rows(device, 'state = 3').length === 1);
  assert.ok(device.process.alive);
});

test('an attachment that cannot be fetched is no attempt of the handler, and the pauses before the next try grow', async (t) => {
  const backend = await startBackend();
  t.after(() => backend.close());
  const { device, key, problems } = await listening(t, async () => assert.fail('handled'), { baseUrl: backend.baseUrl });
  const asked = () => backend.requests.filter(({ url }) => url.includes('attachments')).length;
  t.mock.method(Math, 'random', () => 1);
  device.timeFactor = 100;
  for (let i = 0; i < 40; i += 1) backend.failNext(401);
  const ref = { id: 'absent', size: 40, sha256: 'A'.repeat(43), key: 'A'.repeat(22) };
  device.pushKit.send(device, 'BACKGROUND', await seal(key, undefined, { ref }));
  await until(() => problems.length === 4);
  const between = performance.now();
  await until(() => problems.length === 5);
  assert.ok(performance.now() - between > 50, 'the fourth pause is 8 s, a hundred times as fast');
  assert.deepEqual([asked() >= 5, device.databases.get('pushseal.db').select('SELECT attempts, unended FROM pushseal_inbox', []).rows], [true, [[0, 0]]]);
});
