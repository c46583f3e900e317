// A device's clock may be set to anything: what the backend's `Date` headers say decides whether a message is over.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { har, makeContext, makeDevice, startApp } from './app.mjs';
import { startFresh } from './fresh.mjs';
import { listening, relisten, rest, rows, until } from './listening.mjs';
import { registered } from './registered.mjs';
import { seal } from './sealing.mjs';

const file = path.join(path.dirname(har), 'src/main/ets/clock/Clock.ets');
const MINUTE = 60000;
const DAY = 86400000;
const START = Date.parse('Tue, 24 Nov 2026 10:00:00 GMT');
const said = (time, name = 'date') => ({ [name]: new Date(time).toUTCString() });
const near = (actual, expected) => assert.ok(Math.abs(actual - expected) < 5000, `${actual - expected} ms off`);

/** The clock of a new process. */
function clockOf(t, device, load = true) {
  const { module, appProcess } = startFresh(device, file);
  t.after(() => appProcess.kill());
  if (load) module.clock.load(makeContext(device));
  return module.clock;
}

test('nothing has surely passed while the server never said the time', (t) => {
  const clock = clockOf(t, makeDevice());
  assert.deepEqual([clock.earliest(), clock.exact()], [0, null]);
  near(clock.now(), Date.now());
  for (const header of [undefined, {}, { date: '' }, { date: 'yesterday' }, { date: '-1' }, { expires: new Date(START).toUTCString() }]) clock.learn(header);
  assert.equal(clock.exact(), null);
});

test('the server\'s time is learnt from its Date header and does not move with the device\'s clock', (t) => {
  const device = makeDevice();
  const clock = clockOf(t, device);
  clock.learn(said(START, 'Date'));
  t.mock.timers.enable({ apis: ['Date'], now: START + 16 * DAY });
  near(clock.exact(), START);
  near(clock.now(), START);
  device.pass(MINUTE);
  near(clock.exact(), START + MINUTE);
  clock.learn(said(START - DAY));
  near(clock.exact(), START - DAY, 'what it says last counts');
});

test('another process goes on from what was learnt, and calls it the earliest time only', async (t) => {
  const device = makeDevice();
  clockOf(t, device).learn(said(START));
  await rest(5);
  device.pass(3 * DAY);
  const next = clockOf(t, device);
  near(next.earliest(), START + 3 * DAY);
  assert.equal(next.exact(), null);
});

test('after a restart of the device no more has surely passed than its new uptime', async (t) => {
  const device = makeDevice();
  device.pass(50 * DAY);
  clockOf(t, device).learn(said(START));
  await rest(5);
  device.restart();
  device.unlocked = true;
  device.pass(MINUTE);
  near(clockOf(t, device).earliest(), START + MINUTE);
});

test('before the first unlock the clock knows nothing, throws nothing, and can be loaded again', async (t) => {
  const device = makeDevice();
  clockOf(t, device).learn(said(START));
  await rest(5);
  device.unlocked = false;
  const clock = clockOf(t, device);
  assert.equal(clock.earliest(), 0);
  device.unlocked = true;
  clock.load(makeContext(device));
  near(clock.earliest(), START);
});

test('a message is late when its time is over by the best guess', (t) => {
  const clock = clockOf(t, makeDevice());
  assert.deepEqual([clock.isLate(Date.now() - 1), clock.isLate(Date.now() + MINUTE)], [true, false]);
  clock.learn(said(START));
  assert.deepEqual([clock.isLate(START - MINUTE), clock.isLate(START + MINUTE)], [true, false]);
});

test('one start with a clock 16 days ahead drops nothing: not what waits, not what arrives', async (t) => {
  const got = [];
  const { device, key } = await listening(t, async () => {
    throw new Error('not now');
  });
  device.pushKit.send(device, 'IM', await seal(key, 1, { jti: 'waits', exp: Math.floor(Date.now() / 1000) + 3600 }));
  await until(() => rows(device, 'attempts = 1').length === 1);
  device.process.kill();
  const sealed = await seal(key, 2, { jti: 'arrives', exp: Math.floor(Date.now() / 1000) + 3600 });
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 16 * DAY });
  const { problems } = await relisten(device, async (message) => void got.push(message.id));
  device.pushKit.send(device, 'IM', sealed);
  await until(() => got.length === 2);
  assert.deepEqual([got, problems], [['waits', 'arrives'], []]);
});

test('a ttl that truly passed ends the message: by the server\'s time, also when the device\'s clock is behind', async (t) => {
  const { device, key, problems } = await listening(t, async () => assert.fail('handled'));
  const sealed = await seal(key, 1, { exp: Math.floor(Date.now() / 1000) + 3600 });
  device.pass(2 * 3600 * 1000);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() - DAY });
  device.pushKit.send(device, 'IM', sealed);
  await until(() => problems.length === 1);
  assert.deepEqual([problems[0].reason, problems[0].dropped], ['Expired', true]);
});

test('an answer that refuses teaches the time too', async (t) => {
  const { device, app, backend } = await registered(t);
  app.kill();
  device.preferences.delete('pushseal');
  backend.failures.push((_, response) => {
    response.writeHead(503, said(START)).end();
    backend.server.close();
    return true;
  });
  await startApp(device);
  await until(() => device.preferences.get('pushseal_clock')['server time'] === START);
});
