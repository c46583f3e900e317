import assert from 'node:assert/strict';
import test from 'node:test';
import { KitError } from '../../doubles/kits/device.mjs';
import { systemWrites } from '../../doubles/kits/push-kit-service.mjs';
import { listening, relisten, rest, rows, until } from './listening.mjs';
import { registered } from './registered.mjs';
import { seal } from './sealing.mjs';

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
  const { device, key, drain } = await listening(t, async (message) => {
    const first = got.length === 0;
    got.push(message.text());
    if (first) throw new Error('not now');
    const full = message.text() === '"second"';
    device.fault = (call) => (full && call === 'relationalStore.updateSync' ? new KitError(14800029, 'the disk is full') : undefined);
  });
  device.timeFactor = 50;
  for (const data of ['first', 'second']) systemWrites(device, await seal(key, data));
  await drain();
  await until(() => rows(device, 'state = 2').length === 2);
  await rest(5);
  assert.deepEqual(got, ['"first"', '"second"', '"first"']);
});

test('nothing is read or written in a transaction that failed and cannot be rolled back', async (t) => {
  const got = [];
  const handler = async (message) => void got.push(message.id);
  const { device, key, drain } = await listening(t, handler);
  const messages = await Promise.all(['table', 'im'].map((id) => seal(key, id, { jti: id })));
  systemWrites(device, messages[0]);
  const refused = { commit: 1, rollBack: 2 };
  device.fault = (call) => (refused[call.split('.')[1]]-- > 0 ? new KitError(14800000, 'inner error') : undefined);
  await drain();
  device.pushKit.send(device, 'IM', messages[1]);
  await until(() => got.includes('im'));
  await rest(5);
  const next = await relisten(device, handler);
  device.pushKit.send(device, 'IM', messages[1]);
  await next.drain();
  await until(() => got.includes('table'));
  await rest(5);
  assert.deepEqual(got, ['im', 'table']);
});

test('a transaction that the failed statement ended does not close the inbox', async (t) => {
  const got = [];
  const { device, key, drain } = await listening(t, async (message) => void got.push(message.id));
  systemWrites(device, await seal(key, 1, { jti: 'table' }));
  let failures = 1;
  device.fault = (call) => {
    if (call !== 'relationalStore.commit' || failures-- < 1) return undefined;
    device.databases.get('pushseal.db').sql.run('ROLLBACK');
    return new KitError(14800029, 'the disk is full');
  };
  await drain();
  await drain();
  await until(() => got.length === 1);
});
