// PushSeal.start: what it does by itself, and what happens when it is called again in a living process.
import assert from 'node:assert/strict';
import test from 'node:test';
import { KitError } from '../../doubles/kits/device.mjs';
import { systemWrites } from '../../doubles/kits/push-kit-service.mjs';
import { makeContext, setForeground } from './app.mjs';
import { listening, relisten, rest, until } from './listening.mjs';
import { registered } from './registered.mjs';
import { seal } from './sealing.mjs';
import { start } from './syncing.mjs';

test('started again in a living process, the new handler takes over: Push Kit refuses the second receiver', async (t) => {
  const [first, second] = [[], []];
  const { device, key, start: again, problems } = await listening(t, async (message) => void first.push(message.text()));
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'one'));
  await until(() => first.length === 1);
  again({ onMessage: async (message) => void second.push(message.text()) });
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'two'));
  await until(() => second.length === 1);
  assert.deepEqual([first, second, problems], [['"one"'], ['"two"'], []]);
});

test('started again in a living process, the new handler takes over: Push Kit takes the second receiver', async (t) => {
  const [first, second] = [[], []];
  const { device, key, start: again, problems } = await listening(t, async (message) => void first.push(message.text()));
  const [background] = [device.process.receivers.get('BACKGROUND')];
  device.process.receivers.clear();
  again({ onMessage: async (message) => void second.push(message.text()) });
  const sealed = await seal(key, 'both receivers are called');
  for (const receiver of [background, device.process.receivers.get('BACKGROUND')]) receiver({ type: 'BACKGROUND', data: sealed });
  await until(() => second.length > 0);
  await rest(10);
  assert.deepEqual([first, second, problems], [[], ['"both receivers are called"'], []]);
});

test('a message that waits when the ability is created again is given to the new handler', async (t) => {
  const { device, key, start: again } = await listening(t, async () => { throw new Error('not now'); });
  device.timeFactor = 50;
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'waits'));
  await rest(5);
  const got = [];
  again({ onMessage: async (message) => void got.push([message.text(), message.attempt > 1]) });
  await until(() => got.length === 1);
  assert.deepEqual(got, [['"waits"', true]]);
});

test('a receiver that the app registered itself, or that Push Kit refuses, is reported; the others work and nothing is thrown', async (t) => {
  const { device, key } = await registered(t);
  const problems = [];
  const got = [];
  const app = await relisten(device, async (message) => void got.push(message.path));
  device.process.kill();
  const { importInApp, har } = await import('./app.mjs');
  const { module: { PushSeal } } = await importInApp(device, har);
  device.process.foreground = true;
  device.process.receivers.set('IM', () => {});
  let refusals = 1;
  device.fault = (call) => (call === 'pushService.receiveMessage' && refusals-- > 0 ? new KitError(1000900010, 'no right') : undefined);
  PushSeal.start({ context: makeContext(device) }, {}, {
    baseUrl: 'http://127.0.0.1:1', region: 'cn', consent: () => false, onMessage: async (message) => void got.push(message.path),
    onProblem: ({ reason, path, dropped, code }) => problems.push([reason, path, dropped, code]),
  });
  assert.deepEqual(problems, [['ReceiverRefused', 'background', false, 1000900010], ['ReceiverRefused', 'im', false, 1000900005]]);
  device.pushKit.send(device, 'VoIP', await seal(key, 1));
  await until(() => got.length === 1);
  assert.deepEqual([got, app.problems], [['voip'], []]);
});

test('the documented example never throws, whatever the system refuses', async (t) => {
  const device = (await registered(t)).device;
  for (const refused of ['pushService', 'relationalStore', 'asset', 'preferences', 'bundleManager', 'notificationManager', 'AAID', 'http']) {
    device.fault = (call) => (call.startsWith(refused) ? new KitError(201, 'refused') : undefined);
    const { start: again, pushseal } = await relisten(device, async () => {}, { consent: () => true, retry: { attempts: 1, firstDelay: 1, maxDelay: 1 } });
    again();
    assert.equal(pushseal.PushSeal.opened({ parameters: { pushseal: 'e.y' } }), null);
    await rest(5);
  }
  device.fault = undefined;
});

test('at the start, and whenever the app comes to the front, it takes in what the system wrote and registers', async (t) => {
  const { backend, device, begin } = await start(t);
  const got = [];
  const outcomes = [];
  const options = { onMessage: async (message) => void got.push(message.text()), onRegistration: ({ state, deviceId }) => outcomes.push([state, deviceId]) };
  begin(options);
  await until(() => outcomes.length === 1);
  const [key] = backend.devices.get(device.aaid).keys;
  setForeground(device.process, false);
  systemWrites(device, await seal(key, 'while away'));
  await rest(10);
  assert.deepEqual(got, []);
  setForeground(device.process, true);
  await until(() => got.length === 1 && outcomes.length === 2);
  assert.deepEqual([got, outcomes], [['"while away"'], [['registered', backend.ids.get(device.aaid)], ['current', backend.ids.get(device.aaid)]]]);
});

test('the first return to the front asks Push Kit for the token again, which makes it send what it cached', async (t) => {
  const { device, begin, sync } = await start(t);
  let asked = 0;
  const token = device.pushKit.token.bind(device.pushKit);
  device.pushKit.token = (aaid) => ((asked += 1), token(aaid));
  await sync();
  begin();
  await rest(10);
  assert.equal(asked, 1, 'a start that follows closely gets the same token');
  setForeground(device.process, false);
  setForeground(device.process, true);
  await until(() => asked === 2);
});

test('a tap is told to onOpened, at the start and while the app runs; a text of any length in a Want is bounded before the native call', async (t) => {
  const opened = [];
  const { device, key, problems, pushseal, start: again } = await listening(t, async () => {}, { onOpened: (message) => opened.push([message.path, message.attempt, message.text()]) });
  again({}, { parameters: { pushseal: await seal(key, 'cold') } });
  pushseal.PushSeal.opened({ parameters: { pushseal: await seal(key, 'hot') } });
  assert.deepEqual(opened, [['tap', 0, '"cold"'], ['tap', 0, '"hot"']]);
  let calls = 0;
  device.onNativeCall = (name) => (calls += name === 'openMessages' ? 1 : 0);
  for (const length of [16385, 5_000_000]) assert.equal(pushseal.PushSeal.opened({ parameters: { pushseal: 'e'.repeat(length) } }), null);
  assert.equal(calls, 0);
  assert.deepEqual(problems.map(({ reason, path, dropped, code }) => [reason, path, dropped, code]), Array(2).fill(['TooLarge', 'tap', true, 2001]));
});

test('taps that another app makes up do not fill the inbox', async (t) => {
  const { device, key, problems, pushseal } = await listening(t, async () => {});
  const stranger = { keyId: 'unknown', key: key.key };
  for (let i = 0; i < 50; i += 1) pushseal.PushSeal.opened({ parameters: { pushseal: await seal(stranger, i) } });
  await rest(5);
  assert.deepEqual(device.databases.get('pushseal.db').select('SELECT COUNT(*) FROM pushseal_inbox', []).rows, [[0]]);
  assert.deepEqual([...new Set(problems.map(({ reason, path, dropped }) => `${reason} ${path} ${dropped}`))], ['UnknownKey tap true']);
});

const mistakes = {
  'no ability has the skill': ({ abilities: [ability] }) => { ability.skills = [ability.skills[0]]; },
  '2 abilities have the skill': ({ abilities }) => { abilities.push({ ...abilities[0], name: 'Other' }); },
  'PushSeal\\.start\\(\\) was called by EntryAbility': ({ abilities: [ability] }) => { ability.name = 'Other'; },
  'launchType has to be singleton': ({ abilities: [ability] }) => { ability.launchType = 'multiton'; },
  'skill of its own': ({ abilities: [ability] }) => { ability.skills[1].entities = ['entity.system.home']; },
};
for (const [line, change] of Object.entries(mistakes)) {
  test(`the log says that the installed app does not fit Push Kit: ${line}`, async (t) => {
    const { device, begin } = await start(t);
    change(device.modules[0]);
    begin({ consent: () => false });
    await until(() => device.log.some(({ text }) => new RegExp(`^module\\.json5: .*${line}`).test(text)));
  });
}

test('the log has no complaint about the example app as it is installed', async (t) => {
  const { device, begin } = await start(t);
  begin({ consent: () => false });
  await rest(20);
  assert.deepEqual(device.log.filter(({ text }) => text.startsWith('module.json5')), []);
});
