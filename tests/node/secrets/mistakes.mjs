// What goes wrong in use, each with secrets in reach: requests to the backend, answers of Push Kit, payloads that do not open,
// calls of the native library. Answers every error object and error answer that came of it.
import { inspect } from 'node:util';
import { loadAddon } from '../addon/load.mjs';
import { keyOf, sealWithJose, sendToPushKit } from '../demo/other-sender.mjs';
import { until } from '../demo/watch.mjs';

const TEXT = 'words in a request that is refused';
/** Huawei sees it, as it was not sealed. */
const IN_THE_CLEAR = '{"text":"not sealed, and refused"}';

export async function makeMistakes(world) {
  const errors = [];
  await refusedRequests(world, errors);
  await refusedByPushKit(world, errors);
  const payloads = await badPayloads(world);
  await refusedByTheApp(world, payloads);
  refusedByTheLibrary(keyOf(world.device), payloads, errors);
  return { errors, text: TEXT };
}

/** Requests that the backend refuses; its answers are kept. */
async function refusedRequests(world, errors) {
  const { device, apiKey, backendUrl } = world;
  const { keyId, key } = keyOf(device);
  const keys = [{ keyId, key: Buffer.from(key).toString('base64url') }];
  const registration = { token: device.pushToken, region: 'cn', bundle: device.bundleName, keys };
  const message = { to: { devices: [world.deviceId()] }, data: { text: TEXT } };
  const requests = [
    ['POST', 'messages', apiKey.slice(0, -1), message],
    ['POST', 'messages', apiKey, { ...message, data: undefined, [TEXT]: 1 }],
    ['POST', 'messages', apiKey, { ...message, ttl: TEXT }],
    ['POST', 'messages', apiKey, { ...message, to: { devices: [TEXT] } }],
    ['POST', 'messages', apiKey, { ...message, notification: { title: TEXT } }],
    ['POST', 'messages', apiKey, { ...message, sealed: false, data: TEXT.repeat(200) }],
    ['POST', 'messages', apiKey, `{"to":{"devices":["${world.deviceId()}"]},"data":{"a":"${TEXT}","a":1}}`],
    ['POST', 'messages', apiKey, `{"data":"${TEXT}`],
    ['PUT', `devices/${device.aaid}`, '', { ...registration, region: TEXT }],
    ['PUT', `devices/${device.aaid}`, '', { ...registration, keys: [{ keyId, key: keys[0].key.slice(1) }] }],
    ['PUT', `devices/${device.aaid}`, '', { ...registration, keys: keys[0].key }],
    ['PUT', `devices/${device.aaid}`, '', { ...registration, token: { token: device.pushToken } }],
    ['GET', `messages/${apiKey}`, apiKey],
    ['GET', `attachments/${keys[0].key}`, apiKey],
  ];
  for (const [method, route, bearer, body] of requests) {
    const answer = await fetch(`${backendUrl}/v1/${route}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
      body: typeof body === 'object' ? JSON.stringify(body) : body,
    });
    // A name that the caller made up is told back, as the name that is wrong.
    const text = (await answer.text()).replace(`unknown field \`${TEXT}\``, 'unknown field');
    if (answer.status < 400) throw new Error(`${method} ${route} was taken: ${text}`);
    errors.push(`${method} ${route.split('/')[0]}: ${answer.status} ${text}`);
  }
}

/** Answers of Push Kit that refuse, and one that repeats the token. */
async function refusedByPushKit(world, errors) {
  const { pushToken, aaid } = world.device;
  const illegal = JSON.stringify({ success: 0, failure: 1, illegalTokens: { tokenPlatformNotSupport: [pushToken] } });
  const answers = [{ code: '80100003', msg: pushToken }, { code: '80100000', msg: illegal }, { status: 200, body: `{"code":"${pushToken}"` }];
  for (const answer of answers) {
    await fetch(`${world.pushKitUrl}/control/answer`, { method: 'POST', body: JSON.stringify({ ...answer, path: 'messages:send' }) });
    const id = await world.send({ data: { text: TEXT }, ttl: 60 });
    const state = await until('an attempt', async () => {
      const answer = await fetch(`${world.backendUrl}/v1/messages/${id}`, { headers: { authorization: `Bearer ${world.apiKey}` } });
      const [device] = (await answer.json()).devices;
      return device.attempts > 0 && device;
    });
    errors.push(`the status of a message to a device: ${JSON.stringify({ ...state, deviceId: aaid })}`);
  }
}

/** Payloads that do not open, each sealed under the device's key or nearly so. */
async function badPayloads(world) {
  const key = keyOf(world.device);
  const good = await sealWithJose(key, { text: TEXT });
  const other = await sealWithJose({ ...key, key: new Uint8Array(32) }, { text: TEXT });
  const unknown = await sealWithJose({ ...key, keyId: 'nobody-s' }, { text: TEXT });
  const changed = good.slice(0, 200) + (good[200] === 'A' ? 'B' : 'A') + good.slice(201);
  return [other, changed, good.slice(0, -1), unknown, IN_THE_CLEAR, `{"pushseal":${IN_THE_CLEAR}}`];
}

/** Sends them to the app, by Push Kit, and waits until it has told of each. */
async function refusedByTheApp(world, payloads) {
  const { model } = world.app;
  for (const payload of payloads) {
    const before = model.problems.length;
    await sendToPushKit(world, world.device.pushToken, payload);
    await world.app.until(({ problems }) => problems.length > before);
  }
}

/** Gives the library what is wrong, and keeps the errors as a developer's log would show them. */
function refusedByTheLibrary({ keyId, key }, payloads, errors) {
  const native = loadAddon();
  const text = Buffer.from(key).toString('base64url');
  const options = { now: Date.now(), audience: '', allowPlaintext: false, clockSkew: 0 };
  const reference = { id: 'a', size: 3, sha256: text, key: text.slice(0, 22) };
  const calls = [
    ...payloads.map((payload) => () => native.openMessage(payload, options)),
    () => native.openMessage(payloads[0], { ...options, audience: { text } }),
    () => native.openMessage(payloads[0], { ...options, now: text }),
    () => native.setKeyring([{ keyId: text, key }]),
    () => native.setKeyring([{ keyId, key: text }]),
    () => native.setKeyring([{ keyId, key: key.slice(1) }]),
    () => native.jsonField(text, text),
    () => native.jsonField(`{"a":"${text}","a":"${text}"}`, 'a'),
    () => native.openAttachment(new Uint8Array(3), reference),
    () => native.openAttachment(new Uint8Array(3), { ...reference, key: text }),
    () => native.openAttachment(new Uint8Array(3), { ...reference, id: `${text}/` }),
    () => native.planTokenSync({ token: text }, { token: text }, text),
  ];
  for (const call of calls) {
    try {
      call();
    } catch (error) {
      errors.push(inspect(error, { depth: 9, showHidden: true }));
      continue;
    }
    throw new Error(`nothing was thrown: ${call}`);
  }
}
