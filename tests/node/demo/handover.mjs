// The phone was another user's before, who did not sign out.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { until } from './watch.mjs';

const FORMER = 'the user before';

const former = (world) => world.devices().find(({ user }) => user === FORMER);

export async function formerUser(world, timeline) {
  timeline.title('The phone was another user\'s, who did not sign out');
  const { aaid, bundleName } = world.device;
  const { token } = await (await fetch(`${world.pushKitUrl}/device/token`, { method: 'POST', body: JSON.stringify({ aaid }) })).json();
  const keys = [{ keyId: 'former', key: randomBytes(32).toString('base64url') }];
  const answer = await fetch(`${world.backendUrl}/v1/devices/${aaid}`, {
    method: 'PUT',
    body: JSON.stringify({ token, region: 'cn', bundle: bundleName, user: FORMER, keys }),
  });
  assert.equal(answer.status, 201);
  timeline.step('PUT', `/v1/devices/${aaid}: the same AAID and token, another key`);
}

/** The app is registered by now. */
export async function tokenProven(world, timeline) {
  timeline.title('The app proves that messages to the token arrive at it');
  const request = await until('a challenge at Push Kit', () => world.takeDispatch(6));
  timeline.step('challenge', `push-type 6, ${JSON.parse(request.body).payload.extraData.length} characters, sealed for this app`);
  await until('an answer', () => former(world).tokenFault === 'moved');
  assert.equal(world.devices().filter(({ hasToken }) => hasToken).length, 1);
  timeline.step('proof', `POST /v1/devices/${world.deviceId()}/proof: the user before gets nothing on this phone any more`);
}
