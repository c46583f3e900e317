// The example app's calls: what it tells the system of them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { registered } from './registered.mjs';
import { seal } from './sealing.mjs';

test('a call is reported to the system with its callId, its caller and its kind', async (t) => {
  const { app, device, key } = await registered(t);
  device.pushKit.send(device, 'VoIP', await seal(key, { caller: '张三', video: true }), { callId: 'call-1' });
  await app.until((model) => model.calls.length === 1);
  const [{ callId, userName, voipCallType, voipCallState, abilityName }] = device.calls;
  assert.deepEqual([callId, userName, voipCallType, voipCallState, abilityName], ['call-1', '张三', 1, 1, 'EntryAbility']);
  assert.deepEqual(app.model.calls, [{ callId: 'call-1', caller: '张三', problem: '', refused: 0 }]);
});

test('a call whose body is no object rings all the same; one that the system refuses is shown with the reason', async (t) => {
  const { app, device, key } = await registered(t);
  device.pushKit.send(device, 'VoIP', await seal(key, 'no object'), { callId: 'call-2' });
  await app.until((model) => model.calls.length === 1);
  assert.deepEqual(device.calls.map(({ callId, userName }) => [callId, userName]), [['call-2', '']]);
  device.cellularCall = true;
  device.pushKit.send(device, 'VoIP', await seal(key, { caller: '李四' }), { callId: 'call-3' });
  await app.until((model) => model.calls.length === 2);
  assert.deepEqual([app.model.calls[0].refused, device.calls.length], [1, 1]);
});

test('a call that does not open is reported as failed, so that the system does not wait for it', async (t) => {
  const { app, device } = await registered(t);
  device.pushKit.send(device, 'VoIP', '{"caller":"anyone"}', { callId: 'forged' });
  await app.until((model) => model.calls.length === 1);
  assert.deepEqual(device.calls, [{ callId: 'forged', cause: 0 }]);
  assert.deepEqual(app.model.calls, [{ callId: 'forged', caller: '', problem: 'NotSealed', refused: 0 }]);
});
