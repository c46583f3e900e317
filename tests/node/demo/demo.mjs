// The main job on real parts, as a timeline. `cargo xtask demo` runs it; PUSHSEAL_BACKEND names the backend's program.
// Exits 0 only if every message reached the app's handler intact.
import assert from 'node:assert/strict';
import { loadAddon } from '../addon/load.mjs';
import { measure, ratioLine } from '../bench/ratio.mjs';
import { Timeline, fromEpoch } from './timeline.mjs';
import { keyOf, sealWithJose, sendToPushKit } from './other-sender.mjs';
import { startWorld } from './world.mjs';

const timeline = new Timeline();

/** Notes when the device receives, opens and handles, until the handler has had `count` messages. */
function watch(world) {
  const seen = {};
  for (const [type, receive] of world.device.process.receivers) {
    world.device.process.receivers.set(type, (payload) => {
      seen.received = { at: performance.now(), what: `PushPayload ${payload.type}, ${payload.data.length} characters` };
      receive(payload);
    });
  }
  world.device.onNativeCall = (name, begin, end) => {
    if (name.startsWith('openMessage')) seen.opened = { at: end, begin };
  };
  return seen;
}

async function register(world) {
  timeline.title('The app starts: token and registration');
  const { pushKit } = world.device;
  const ask = pushKit.token.bind(pushKit);
  pushKit.token = async (aaid) => {
    const token = await ask(aaid);
    timeline.step('token', `pushService.getToken(): ${token.length} characters`);
    pushKit.token = ask;
    return token;
  };
  const app = await world.startApp();
  await app.until((model) => model.sync !== null);
  assert.equal(app.model.sync.state, 'registered');
  timeline.step('sync', `PUT /v1/devices/${world.device.aaid}: ${app.model.sync.state}`);
}

/** Waits for the handler and shows the device's half of the way. */
async function received(world, seen, data) {
  const before = world.app.model.messages.length;
  await world.app.until((model) => model.messages.length > before);
  const handled = performance.now();
  const [message] = world.app.model.messages;
  timeline.step('receive', seen.received.what, seen.received.at);
  timeline.step('open', `by the native library, ${((seen.opened.at - seen.opened.begin) * 1000).toFixed(0)} µs in the call`, seen.opened.at);
  timeline.step('handler', `${message.sealed ? 'sealed' : 'NOT SEALED'}, id ${message.id}: ${message.text}`, handled);
  assert.equal(message.sealed, true);
  assert.deepEqual(JSON.parse(message.text), data);
}

async function sealedByBackend(world, seen) {
  timeline.title('A message sealed by the backend');
  const data = { text: '你好，世界 👋', from: 'the backend', n: 1 };
  const arrival = received(world, seen, data);
  const id = await world.send({ data });
  timeline.step('seal', `POST /v1/messages: 202, ${id}`);
  await arrivedAtPushKit(world);
  await arrival;
}

async function arrivedAtPushKit(world) {
  for (;;) {
    const request = await world.lastDispatch();
    if (request !== undefined) {
      const size = JSON.stringify(JSON.parse(request.body).payload).length;
      timeline.step('dispatch', `push-type ${request.headers['push-type']}, payload of ${size} bytes`, fromEpoch(request.atMs));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function sealedByJose(world, seen) {
  timeline.title("A message sealed by npm's jose, sent without our backend");
  const data = { text: '来自 jose 🔔', from: 'jose', n: 2 };
  const arrival = received(world, seen, data);
  const jwe = await sealWithJose(keyOf(world.device), data);
  timeline.step('seal', `jose, A256GCM: ${jwe.length} characters`);
  await sendToPushKit(world, world.device.pushToken, jwe);
  timeline.step('dispatch', 'POST /v3/…/messages:send with its own PS256 JWT');
  await arrival;
}

const world = await startWorld(process.env.PUSHSEAL_BACKEND);
try {
  await register(world);
  const seen = watch(world);
  await sealedByBackend(world, seen);
  await sealedByJose(world, seen);
  assert.equal(world.app.model.messages.length, 2);
  console.log('\nBoth messages reached the handler intact.');
  console.log(`\nSpeed in this process, a ${ratioLine(await measure(loadAddon(), 2100))}`);
} finally {
  await world.stop();
}
