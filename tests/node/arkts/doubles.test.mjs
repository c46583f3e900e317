// The doubles' README names every double, its sources and what it does not imitate; and Push Kit's double refuses what Push Kit does not have.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { importInApp, makeContext, makeDevice } from './app.mjs';

const folder = path.join(import.meta.dirname, '../../doubles');
const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
const sections = readme.split(/^## /m).slice(1);

test('every double has a section in the README, and every section its sources and its limits', () => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^README|\.test\.mjs$/.test(entry.name))
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)));
  assert.ok(files.length > 30, `${files.length}`);
  for (const file of files) assert.ok(sections.some((section) => section.includes(`\`${file}\``)), `${file} is in no section`);
  for (const section of sections) {
    const [title] = section.split('\n');
    assert.match(section, /source/, title);
    assert.match(section, /[Nn]ot imitated/, title);
  }
  for (const [, named] of readme.matchAll(/`((?:kits|push-kit|backend|hvigor|ohos)\/[^`]+)`/g)) assert.ok(existsSync(path.join(folder, named)), `${named} is not there`);
});

/** Push Kit's client in a process of the app. */
async function pushKit(t, options) {
  const device = makeDevice(options);
  const { module } = await importInApp(device, path.join(folder, 'kits/@kit.PushKit.mjs'));
  t.after(() => device.process.kill());
  return { device, ...module, ability: { context: makeContext(device) } };
}

test('a receiver is refused with 401 for a type that the system does not have, and with 1000900005 the second time', async (t) => {
  const { pushService, ability } = await pushKit(t, { sdkApiVersion: 13 });
  for (const type of ['ALERT', 'DEFAULT', undefined]) assert.throws(() => pushService.receiveMessage(type, ability, () => {}), { code: 401 });
  assert.throws(() => pushService.receiveMessage('IM', {}, () => {}), { code: 401 });
  assert.throws(() => pushService.receiveMessage('IM', ability), { code: 401 });
  pushService.receiveMessage('IM', ability, () => {});
  assert.throws(() => pushService.receiveMessage('IM', { ...ability }, () => {}), { code: 1000900005 }, 'another ability of the process too');
});

test('a system before API 18 has no on()', async (t) => {
  assert.equal((await pushKit(t, { sdkApiVersion: 17 })).pushService.on, undefined);
  const { pushService, ability } = await pushKit(t, { sdkApiVersion: 18 });
  assert.throws(() => pushService.on('message', ability, () => {}), { code: 401 });
});

test('a call brings its callId, and an eleventh profile is 1000900015', async (t) => {
  const { device, pushService, ability } = await pushKit(t);
  const got = [];
  pushService.receiveMessage('VoIP', ability, (payload) => got.push(JSON.parse(payload.data)));
  device.pushKit.send(device, 'VoIP', 'x');
  device.pushKit.send(device, 'VoIP', 'y', { callId: 'mine' });
  assert.deepEqual([typeof got[0].callId, got[1].callId, got[1].data], ['string', 'mine', 'y']);
  for (let i = 0; i < 10; i += 1) await pushService.bindAppProfileId(2, `p${i}`);
  await assert.rejects(pushService.bindAppProfileId(2, 'p10'), { code: 1000900015 });
  await pushService.bindAppProfileId(2, 'p3');
  await pushService.unbindAppProfileId('p3');
  await pushService.bindAppProfileId(2, 'p10');
});
