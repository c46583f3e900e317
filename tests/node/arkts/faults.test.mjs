// The fault schedule: the process (or the extension's) is killed, or a kit fails, at chosen kit calls, while messages come by
// every way, twice, out of order, some with attachments whose download breaks, with the clock moving, the disk full, the
// power gone, the user leaving. Whatever happens, no message is lost silently, none is handled again after its success was recorded,
// and none for a user whom the device has forgotten; the backend ends with the device's token and user; no key and no plaintext is in the log, the preferences or the database.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startBackend } from '../../doubles/backend/server.mjs';
import { randomFrom } from './faults/injection.mjs';
import { isRegistered } from './faults/progress.mjs';
import { Schedule } from './faults/schedule.mjs';
import { verdict } from './faults/verdict.mjs';

const SEED = Number(process.env.PUSHSEAL_FAULT_SEED ?? 1);
const RANDOM_SCHEDULES = Number(process.env.PUSHSEAL_FAULT_SCHEDULES ?? 200);
const STEPS = 10;
const KINDS = ['kill', 'fail', 'disk full', 'power cut', 'network cut in an attachment', 'repeated delivery', 'token change', 'clock moved', 'clock 16 days ahead',
  'two hours passed', 'logout', 'user change without logout', 'onCreate twice', 'the handler ended the process', 'locked database', 'no reader free',
  'read inside a transaction'];

const schedules = new Set();
const total = { sent: 0, handled: 0, lost: 0, handledTwice: 0, repeatedAfterDeath: 0, inInbox: 0, resumedDownloads: 0, dropped: {}, excused: {}, faults: {} };

function add(sum, counts) {
  for (const [name, count] of Object.entries(counts)) {
    if (typeof count === 'object') add(sum[name], count);
    else sum[name] = (sum[name] ?? 0) + count;
  }
}

async function runSchedule(backend, seed, plan, midway, story = '') {
  const schedule = new Schedule(backend, seed, plan);
  await schedule.run(STEPS, midway);
  const { counts, wrong } = verdict(schedule);
  const resumedDownloads = backend.requests.filter(({ headers }) => headers.range !== undefined).length;
  backend.devices.clear();
  backend.attachments.clear();
  backend.requests.length = 0;
  schedules.add(`${seed} ${JSON.stringify([...plan])} ${story}`);
  add(total, { ...counts, resumedDownloads, faults: schedule.injection.happened });
  assert.deepEqual(wrong, [], `seed ${seed}, faults ${JSON.stringify([...plan])}`);
  return schedule.calls;
}

test('a kill, and a failure, at each kit call of one course of events', async (t) => {
  const backend = await startBackend();
  t.after(() => backend.close());
  const calls = await runSchedule(backend, SEED, new Map());
  for (let call = 1; call <= calls; call += 1) {
    await runSchedule(backend, SEED, new Map([[call, 'kill']]));
    if (call % 2 === 0) await runSchedule(backend, SEED, new Map([[call, 'fail']]));
  }
  t.diagnostic(`${calls} calls`);
});

for (const byLogout of [true, false]) {
  test(`a kill, and a failure, at each kit call while the user changes ${byLogout ? 'by a logout' : 'without a logout'}`, async (t) => {
    const backend = await startBackend();
    t.after(() => backend.close());
    const calls = {};
    const leave = async (schedule) => {
      calls.before ??= schedule.calls;
      await schedule.changeUser(byLogout);
      await schedule.settle(20, () => isRegistered(schedule));
      calls.after ??= schedule.calls;
    };
    const run = (plan) => runSchedule(backend, SEED, new Map(plan), leave, byLogout ? 'logout' : 'change');
    await run([]);
    for (let call = calls.before + 1; call <= calls.after; call += 1) {
      await run([[call, 'kill']]);
      await run([[call, 'fail']]);
    }
    t.diagnostic(`${calls.after - calls.before} calls`);
  });
}

test('several faults at random calls of random courses', async (t) => {
  const backend = await startBackend();
  t.after(() => backend.close());
  for (let i = 1; i <= RANDOM_SCHEDULES; i += 1) {
    const seed = SEED * 100000 + i;
    const random = randomFrom(seed);
    const plan = new Map();
    for (let n = 1 + Math.floor(random() * 4); n > 0; n -= 1) {
      plan.set(1 + Math.floor(random() * 120), random() < 0.6 ? 'kill' : 'fail');
    }
    await runSchedule(backend, seed, plan);
  }
});

test('enough schedules of every kind', () => {
  const counted = (counts) => Object.entries(counts).map(([name, count]) => `${count} × ${name}`).join(', ') || 'none';
  const { sent, handled, lost, handledTwice, repeatedAfterDeath, inInbox, resumedDownloads, dropped, excused, faults } = total;
  console.log(`report: ${schedules.size} distinct fault schedules, seed ${SEED}: ${counted(faults)}`);
  console.log(`report: ${sent} messages sent, ${handled} handled, ${lost} lost, ${handledTwice} handled twice after success; ${repeatedAfterDeath} again because the process `
    + `died before it could be recorded, ${inInbox} in the inbox, ${resumedDownloads} downloads resumed`);
  console.log(`report: dropped by name: ${counted(dropped)}; excused: ${counted(excused)}`);
  if (RANDOM_SCHEDULES < 200) return;
  assert.ok(schedules.size >= 500, `${schedules.size} schedules`);
  for (const kind of KINDS) assert.ok(faults[kind] > 0, kind);
  assert.ok(resumedDownloads > 0 && dropped.AttachmentRefused > 0 && dropped.Expired > 0);
  assert.ok(inInbox <= sent / 50, `${inInbox} of ${sent} messages still wait`);
});
