// The fault schedule: the process is killed, or a kit fails, at chosen kit calls, while messages come by every way, twice, out
// of order, with the clock moving. Whatever happens, no message is lost silently and none is handled again after its
// success was recorded; the backend ends with the device's token.
import assert from 'node:assert/strict';
import test from 'node:test';
import { startBackend } from '../../doubles/backend/server.mjs';
import { Schedule, randomFrom } from './schedule.mjs';

const SEED = Number(process.env.PUSHSEAL_FAULT_SEED ?? 1);
const RANDOM_SCHEDULES = Number(process.env.PUSHSEAL_FAULT_SCHEDULES ?? 420);
const STEPS = 14;

const total = { schedules: 0, kills: 0, failures: 0, sent: 0, handled: 0, repeatedAfterDeath: 0, excused: {}, dropped: {} };

async function runSchedule(backend, seed, faults) {
  const schedule = new Schedule(backend, seed, faults);
  await schedule.run(STEPS);
  const { counts, wrong } = schedule.verdict();
  backend.devices.delete(schedule.device.aaid);
  backend.requests.length = 0;
  assert.deepEqual(wrong, [], `seed ${seed}, faults ${JSON.stringify([...faults])}`);
  total.schedules += 1;
  for (const fault of faults.values()) total[fault === 'kill' ? 'kills' : 'failures'] += 1;
  for (const name of ['sent', 'handled', 'repeatedAfterDeath']) total[name] += counts[name];
  for (const name of ['excused', 'dropped']) {
    for (const [reason, count] of Object.entries(counts[name])) total[name][reason] = (total[name][reason] ?? 0) + count;
  }
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

test('several faults at random calls of random courses', async (t) => {
  const backend = await startBackend();
  t.after(() => backend.close());
  for (let i = 1; i <= RANDOM_SCHEDULES; i += 1) {
    const seed = SEED * 100000 + i;
    const random = randomFrom(seed);
    const faults = new Map();
    for (let n = 1 + Math.floor(random() * 4); n > 0; n -= 1) {
      faults.set(1 + Math.floor(random() * 120), random() < 0.6 ? 'kill' : 'fail');
    }
    await runSchedule(backend, seed, faults);
  }
});

test.after(() => {
  console.log(`fault schedules: ${JSON.stringify(total)}`);
  assert.ok(total.schedules >= Math.min(500, RANDOM_SCHEDULES), `${total.schedules} schedules`);
});
