// Calls (push-type 10) reach their own handler at once; see "应用内通话消息" in Huawei's guide for the payload and the 10 s.
import assert from 'node:assert/strict';
import test from 'node:test';
import { listening, rest, rows, until } from './listening.mjs';
import { seal } from './sealing.mjs';

/** Push Kit's callback for a call; gives when it was made. */
function ring(device, data, callId = crypto.randomUUID()) {
  const at = performance.now();
  device.process.receivers.get('VoIP')({ type: 'VoIP', data: JSON.stringify({ data, header: { token: 'MA**' }, callId }) });
  return at;
}

/** A listening app that notes its calls, and when each handler started. */
async function withCalls(t, onMessage, options = {}) {
  const calls = [];
  const onCall = async (call, window) => void calls.push({ call, at: performance.now(), left: window.remaining() });
  return { calls, ...(await listening(t, onMessage, { onCall, ...options })) };
}

test('a call starts its handler within 50 ms behind 20 messages of 500 ms and a handler that hangs', async (t) => {
  let begun = 0;
  const { device, key, calls } = await withCalls(t, () => {
    begun += 1;
    return begun === 1 ? new Promise(() => {}) : rest(500);
  });
  for (let i = 0; i < 21; i += 1) device.pushKit.send(device, 'BACKGROUND', await seal(key, i));
  await until(() => begun === 1);
  const sealed = await seal(key, { scene: 'video' });
  const at = ring(device, sealed, 'call-1');
  assert.equal(calls.length, 1, 'the handler started before the callback returned');
  assert.ok(calls[0].at - at < 50, `${calls[0].at - at} ms`);
  assert.equal(rows(device, "path = 'voip'").length, 0);
});

test('a call brings its callId, its sealed data, and a window that began when it arrived', async (t) => {
  const { device, key, calls } = await withCalls(t, async () => assert.fail('not a message'));
  const before = Date.now();
  ring(device, await seal(key, { scene: 'video' }, { jti: 'c1' }), 'call-1');
  const [{ call, left }] = calls;
  assert.deepEqual([call.callId, call.message.id, call.message.path, call.text(), call.plain, call.problem], ['call-1', 'c1', 'voip', '{"scene":"video"}', '', '']);
  assert.deepEqual(call.message.json(), { scene: 'video' });
  assert.ok(left > 8900 && left <= 9000, `${left}`);
  assert.ok(call.receivedAt >= before && call.receivedAt <= Date.now());
  await rest(10);
});

test('a call that is not sealed, or does not open, is handed over with its callId, so that the app can report it', async (t) => {
  const { device, key, calls } = await withCalls(t, async () => {});
  ring(device, '{"scene":"voice"}', 'plain');
  ring(device, await seal(key, 1, { iat: 1000, exp: 2000 }), 'expired');
  ring(device, (await seal(key, 1)).slice(0, -4) + 'AAAA', 'changed');
  device.process.receivers.get('VoIP')({ type: 'VoIP', data: 'no JSON' });
  assert.deepEqual(calls.map(({ call }) => [call.callId, call.message, call.problem, call.plain]), [
    ['plain', null, 'NotSealed', '{"scene":"voice"}'], ['expired', null, 'Expired', ''], ['changed', null, 'DecryptionFailed', ''], ['', null, 'Malformed', ''],
  ]);
});

test('a second callback for the same callId is not a second call', async (t) => {
  const { device, calls } = await withCalls(t, async () => {});
  for (const callId of ['a', 'a', 'b', 'a']) ring(device, '{"scene":"voice"}', callId);
  assert.deepEqual(calls.map(({ call }) => call.callId), ['a', 'b']);
});

test('a call handler that throws, or overruns, is reported and harms nothing', async (t) => {
  const onCall = (call) => {
    if (call.callId === 'sync') throw new Error('at once');
    return call.callId === 'later' ? Promise.reject(new Error('later')) : new Promise(() => {});
  };
  const got = [];
  const { device, key, problems } = await withCalls(t, async (message) => void got.push(message.text()), { onCall });
  device.timeFactor = 500;
  for (const callId of ['sync', 'later', 'never']) ring(device, '{}', callId);
  await until(() => problems.length === 3);
  assert.deepEqual(problems.map(({ reason, path, dropped }) => [reason, path, dropped]),
    [['HandlerFailed', 'voip', true], ['HandlerFailed', 'voip', true], ['HandlerOverran', 'voip', true]]);
  device.pushKit.send(device, 'BACKGROUND', await seal(key, 'still here'));
  await until(() => got.length === 1);
});

test('without onCall a call is a message like others', async (t) => {
  const got = [];
  const { device, key } = await listening(t, async (message) => void got.push([message.path, message.text()]));
  ring(device, await seal(key, 'ring'));
  await until(() => got.length === 1);
  assert.deepEqual(got, [['voip', '"ring"']]);
});
