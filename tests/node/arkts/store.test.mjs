// RelationalStore's double answers as the real store does: readers, locks, references, directories. See tests/doubles/README.md.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { pushTable } from '../../doubles/kits/data-share.mjs';
import { importInApp, makeContext, makeDevice } from './app.mjs';

const kit = path.join(import.meta.dirname, '../../doubles/kits/@kit.ArkData.mjs');
const config = { name: 'pushseal.db', securityLevel: 2, encrypt: true };

/** A process of the app, and how it opens the database. */
async function opened(t, device = makeDevice()) {
  const { module, appProcess } = await importInApp(device, kit);
  t.after(() => appProcess.kill());
  const open = (context = makeContext(device)) => module.relationalStore.getRdbStore(context, config);
  const store = await open();
  store.executeSync('CREATE TABLE IF NOT EXISTS t (a INTEGER UNIQUE)');
  return { device, appProcess, open, store, add: (a) => store.insertSync('t', { a }) };
}

function count(store) {
  const rows = store.querySqlSync('SELECT COUNT(*) FROM t');
  try {
    rows.goToFirstRow();
    return rows.getLong(0);
  } finally {
    rows.close();
  }
}

test('a query inside a transaction reads the last commit', async (t) => {
  const { store, add } = await opened(t);
  add(1);
  store.beginTransaction();
  add(2);
  assert.equal(store.executeSync('DELETE FROM t WHERE a = 1'), 1);
  assert.equal(count(store), 1, 'the row that was committed, and not what the transaction did');
  store.commit();
  const rows = store.querySqlSync('SELECT a FROM t');
  assert.deepEqual([rows.goToNextRow(), rows.getLong(0), rows.goToNextRow()], [true, 2, false]);
  rows.close();
});

test("a write that meets another process's transaction blocks for two seconds, then throws 14800024", async (t) => {
  const first = await opened(t);
  const second = await opened(t, first.device);
  first.store.beginTransaction();
  const before = first.device.uptime;
  assert.throws(() => second.add(1), { code: 14800024 });
  assert.throws(() => second.store.beginTransaction(), { code: 14800024 });
  assert.ok(first.device.uptime - before >= 4000, 'two calls, two seconds each');
  assert.equal(count(second.store), 0, 'readers are not blocked');
  first.appProcess.kill();
  assert.equal(second.add(1), 1);
});

test('close() lets go of one reference: a transaction that is stuck ends with the last one', async (t) => {
  const { store, open, add } = await opened(t);
  const other = await open();
  store.beginTransaction();
  add(1);
  await store.close();
  assert.throws(() => store.commit(), { code: 14800014 });
  other.beginTransaction();
  other.rollBack();
  assert.throws(() => other.executeSync('COMMIT'), { code: 14800021 }, 'transactions are not ended by SQL');
  await other.close();
  assert.equal(count(await open()), 0);
});

test('a result set that is not closed keeps its reader; the fifth query waits a second and gives a closed set that throws nothing', async (t) => {
  const { device, store, add } = await opened(t);
  add(1);
  const kept = Array.from({ length: 4 }, () => store.querySqlSync('SELECT a FROM t'));
  const before = device.uptime;
  const fifth = store.querySqlSync('SELECT a FROM t');
  assert.ok(device.uptime - before >= 1000);
  assert.deepEqual([fifth.isClosed, fifth.rowCount, fifth.goToNextRow()], [true, -1, false]);
  assert.throws(() => fifth.getLong(0), { code: 14800014 });
  kept[0].close();
  kept[0].close();
  assert.equal(count(store), 1);
});

test('a query that SQLite refuses throws nothing: it gives a set without rows, whose number of rows is -1', async (t) => {
  const { store } = await opened(t);
  for (const sql of ['SELECT * FROM missing', 'DELETE FROM t']) {
    const rows = store.querySqlSync(sql);
    assert.deepEqual([rows.rowCount, rows.goToNextRow(), rows.goToFirstRow()], [-1, false, false]);
    rows.close();
  }
  assert.throws(() => store.executeSync('SELECT 1'), { code: 14800021 });
});

test('a constraint that an insert breaks is 14800032, and -1 where it is to be ignored', async (t) => {
  const { store, add } = await opened(t);
  add(1);
  assert.throws(() => add(1), { code: 14800032 });
  assert.equal(store.insertSync('t', { a: 1 }, 4), -1);
});

test('each context has its own database, and the system writes into the one that was opened last', async (t) => {
  const { device, store, open, add } = await opened(t);
  store.executeSync('CREATE TABLE t_push_message (id INTEGER)');
  add(1);
  const ofModule = pushTable(device).database;
  const other = await open(makeContext(device).getApplicationContext());
  assert.throws(() => other.insertSync('t', { a: 1 }), { code: 14800021 }, 'no such table');
  assert.equal(device.databases.size, 2);
  assert.equal(pushTable(device), undefined, 'the table that the system looks for is not there any more');
  await open();
  assert.ok(pushTable(device).database === ofModule);
});

test('the version is part of the transaction', async (t) => {
  const { store } = await opened(t);
  store.beginTransaction();
  store.version = 3;
  assert.equal(store.version, 3);
  store.rollBack();
  assert.equal(store.version, 0);
});
