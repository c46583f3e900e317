import assert from 'node:assert/strict';
import test from 'node:test';
import { systemWrites } from '../../doubles/kits/push-kit-service.mjs';
import { listening, relisten, rest, rows, until } from './listening.mjs';
import { registered } from './registered.mjs';
import { seal } from './sealing.mjs';

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
  let longest = 0;
  let last = performance.now();
  const begun = performance.now();
  await relisten(device, async () => void (handled += 1));
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  t.after(() => clearInterval(watch));
  last = performance.now();
  await until(() => device.databases.get('pushseal.db').select('SELECT COUNT(*) FROM t_push_message', []).rows[0][0] === 0, 60000);
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
  const { pushseal, start } = await relisten(device, async () => void (handled += 1));
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
  start({ baseUrl: backend.baseUrl, consent: () => true });
  await pushseal.PushSeal.register();
  const took = performance.now() - begun;
  const longest = Math.max(...spans, performance.now() - last);
  console.log(`report: 10,000 waiting messages opened in ${took.toFixed(0)} ms, the thread was never taken for longer than ${longest.toFixed(1)} ms`);
  assert.ok(longest < took / 4, `${longest} of ${took}`);
  await until(() => handled === 10000, 60000);
  clearInterval(watch);
});
