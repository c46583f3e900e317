// The inbox on a database that answers as the real one does.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { KitError } from '../../doubles/kits/device.mjs';
import { SqliteFile } from '../../doubles/kits/sqlite-file.mjs';
import { har, makeContext, makeDevice } from './app.mjs';
import { startFresh } from './fresh.mjs';
import { listening, relisten, rest, rows, until } from './listening.mjs';
import { registered } from './registered.mjs';
import { seal } from './sealing.mjs';

const sources = path.join(path.dirname(har), 'src/main/ets');
const DAY = 86400000;

/** The inbox of a new process on `device`. */
async function inboxOf(t, device) {
  const entry = startFresh(device, path.join(sources, 'inbox/Inbox.ets'));
  const load = (file) => entry.load(path.join(sources, file));
  const store = await load('inbox/Schema.ets').openStore(makeContext(device));
  t.after(() => entry.appProcess.kill());
  const { Clock } = load('clock/Clock.ets');
  const { readAll } = load('inbox/Rows.ets');
  return { ...entry.module, store, inbox: new entry.module.Inbox(store), clock: new Clock(), readAll, appProcess: entry.appProcess };
}

const arrival = (payload, receivedAt = Date.now()) => ({ payload, path: 'background', receivedAt });
const answeredAt = (time) => ({ Date: new Date(time).toUTCString() });
const file = (device) => device.databases.get('pushseal.db');

test('trim() deletes no live message: 8,000 live beside 3,000 retired lose none', async (t) => {
  const device = makeDevice();
  const { inbox, clock } = await inboxOf(t, device);
  const { sql } = file(device);
  const add = sql.prepare('INSERT INTO pushseal_inbox (id, state, path, payload, attempts, received_at, expires_at, kept_until) VALUES (?, ?, ?, ?, 0, ?, ?, ?)');
  const now = Date.now();
  for (let i = 0; i < 3000; i += 1) add.run([`old${i}`, 1, 'table', 'x', now - 20 * DAY, now, now - DAY]);
  for (let i = 0; i < 8000; i += 1) add.run([`live${i}`, 1, 'table', 'x', now, now + DAY, 0]);
  clock.learn(answeredAt(now));
  assert.equal(inbox.trim(clock), 3000);
  assert.deepEqual(rows(device, "id LIKE 'live%'").length, 8000);
  assert.equal(inbox.trim(clock), 0);
});

test('trim() keeps the newest of too many, ready ones before sealed ones', async (t) => {
  const device = makeDevice();
  const { inbox, clock, MOST_WAITING } = await inboxOf(t, device);
  const add = file(device).sql.prepare('INSERT INTO pushseal_inbox (id, state, path, payload, attempts, received_at, expires_at) VALUES (?, ?, ?, ?, 0, 0, 0)');
  for (let i = 0; i < 10; i += 1) add.run([`ready${i}`, 1, 'table', 'x']);
  for (let i = 0; i < MOST_WAITING; i += 1) add.run([null, 0, 'table', `${i}`]);
  assert.equal(inbox.trim(clock), 10);
  assert.equal(rows(device, "id LIKE 'ready%'").length, 10);
  assert.equal(rows(device, 'state = 0')[0][2], '10');
});

test('a message waits 15 days by the server\'s time, whatever the device\'s clock says', async (t) => {
  const device = makeDevice();
  const { inbox, clock } = await inboxOf(t, device);
  inbox.addSealed(arrival('long ago by the device', Date.now() - 100 * DAY));
  assert.equal(inbox.trim(clock), 0, 'the time is not known');
  const now = Date.now();
  clock.learn(answeredAt(now));
  assert.equal(inbox.trim(clock), 0, 'its days begin now');
  device.pass(14 * DAY);
  assert.equal(inbox.trim(clock), 0);
  device.pass(2 * DAY);
  assert.equal(inbox.trim(clock), 1);
});

test('a result set is closed when reading it fails, so that the store does not run out of readers', async (t) => {
  const { store, readAll, inbox, EntryState } = await inboxOf(t, makeDevice());
  inbox.addReady('m', arrival('x'), Date.now() + DAY);
  const fail = () => {
    throw new Error('while reading');
  };
  for (let i = 0; i < 8; i += 1) assert.throws(() => readAll(store, 'SELECT * FROM pushseal_inbox', [], fail), /while reading/);
  assert.equal(inbox.entries(EntryState.Ready, 0, 10).length, 1);
});

test('a query that fails is an error, and not an empty inbox', async (t) => {
  const device = makeDevice();
  const { inbox, EntryState } = await inboxOf(t, device);
  inbox.addReady('m', arrival('x'), Date.now() + DAY);
  device.fault = (call) => (call === 'relationalStore.querySqlSync' ? new KitError(14800000, 'inner error') : undefined);
  assert.throws(() => inbox.entries(EntryState.Ready, 0, 10), { name: 'QueryFailed' });
});

test('the database of an earlier version is brought up, and what waits in it is handled', async (t) => {
  const { device, key } = await registered(t);
  device.process.kill();
  const earlier = new SqliteFile({ encrypt: true });
  earlier.run('CREATE TABLE t_push_message (id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT, push_type TEXT, message_action INTEGER, message TEXT, '
    + 'field1 TEXT, field2 TEXT, field3 TEXT, field4 TEXT, field5 TEXT, create_time INTEGER)');
  earlier.run('CREATE TABLE pushseal_inbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, state INTEGER NOT NULL, path TEXT NOT NULL, payload TEXT NOT NULL, '
    + 'attempts INTEGER NOT NULL, received_at INTEGER NOT NULL, expires_at INTEGER NOT NULL)');
  earlier.run('CREATE INDEX pushseal_inbox_state ON pushseal_inbox (state, seq)');
  const sealed = await seal(key, 'from before', { jti: 'before' });
  earlier.run('INSERT INTO pushseal_inbox (id, state, path, payload, attempts, received_at, expires_at) VALUES (?, 1, ?, ?, 2, ?, ?)',
    ['before', 'background', sealed, Date.now(), Date.now() + DAY]);
  earlier.run('INSERT INTO pushseal_inbox (id, state, path, payload, attempts, received_at, expires_at) VALUES (?, 2, ?, ?, 1, ?, ?)',
    ['handled', 'background', '', Date.now(), Date.now() + DAY]);
  device.databases.set('pushseal.db', earlier);
  const got = [];
  await relisten(device, async (message) => void got.push(message.id));
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'again', { jti: 'handled' }));
  await until(() => rows(device, 'state = 2').length === 2);
  await rest(5);
  assert.deepEqual(got, ['before']);
  assert.equal(earlier.valueOf('PRAGMA user_version'), 2);
});

test('a migration that fails leaves the database as it was, lets go of it, and is tried again', async (t) => {
  const device = makeDevice();
  let failures = 2;
  device.fault = (call) => (call === 'relationalStore.executeSync ALTER' && failures-- > 0 ? new KitError(14800029, 'full') : undefined);
  const { module, appProcess } = startFresh(device, path.join(sources, 'inbox/Schema.ets'));
  t.after(() => appProcess.kill());
  for (let i = 0; i < 2; i += 1) await assert.rejects(module.openStore(makeContext(device)), { code: 14800029 });
  assert.deepEqual([file(device).has('pushseal_inbox'), file(device).owner], [false, undefined]);
  const store = await module.openStore(makeContext(device));
  assert.equal(store.version, 2);
});

test('an attempt counts before the handler runs; after three that did not end, the message is set aside and its id kept', async (t) => {
  const device = makeDevice();
  for (const attempt of [1, 2, 3]) {
    const { inbox, EntryState, appProcess } = await inboxOf(t, device);
    if (attempt === 1) inbox.addReady('deadly', arrival('x'), Date.now() + DAY);
    assert.equal(inbox.beginAttempt(inbox.entries(EntryState.Ready, 0, 1)[0]), attempt);
    appProcess.kill();
  }
  const { inbox, EntryState } = await inboxOf(t, device);
  assert.equal(inbox.beginAttempt(inbox.entries(EntryState.Ready, 0, 1)[0]), 0);
  assert.deepEqual(inbox.entries(EntryState.Ready, 0, 1), []);
  assert.equal(inbox.entries(EntryState.Crashed, 0, 1).length, 1);
  assert.equal(inbox.addReady('deadly', arrival('x'), Date.now() + DAY), false, 'it does not come in again by another way');
});

test('attempts that ended do not set a message aside, however many they are', async (t) => {
  const { inbox, EntryState } = await inboxOf(t, makeDevice());
  inbox.addReady('slow', arrival('x'), Date.now() + DAY);
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    const [entry] = inbox.entries(EntryState.Ready, 0, 1);
    assert.equal(inbox.beginAttempt(entry), attempt);
    inbox.endAttempt(entry.seq, true);
  }
});

test('a handler that takes the process down three times does not keep the others from being handled', async (t) => {
  const got = [];
  const world = {};
  const handler = async (message) => {
    await rest(2);
    if (message.id === 'deadly') world.device.process.kill();
    else got.push(message.id);
  };
  const { device, key, problems } = Object.assign(world, await listening(t, handler));
  const sealed = await Promise.all(['deadly', 'good'].map((id) => seal(key, id, { jti: id })));
  sealed.forEach((message) => device.pushKit.send(device, 'IM', message));
  await until(() => !device.process.alive);
  const all = [...problems];
  for (let start = 2; start <= 3; start += 1) {
    const next = await relisten(device, handler);
    await until(() => !device.process.alive);
    all.push(...next.problems);
  }
  const last = await relisten(device, handler);
  await until(() => rows(device, 'state = 2').length === 1);
  all.push(...last.problems);
  assert.deepEqual(got, ['good']);
  assert.deepEqual(all.filter(({ reason }) => reason === 'HandlerCrashed').map(({ dropped, path: way }) => [dropped, way]), [[true, 'im']]);
  assert.deepEqual(rows(device).map(([id, state]) => [id, state]), [['deadly', 3], ['good', 2]]);
});
