// A second backend, for the secrets that the demo's does not have: an OAuth client's for Push Kit's v1 route, and the app's own
// JWTs and their key.
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { SignJWT } from 'jose';
import { until } from '../demo/watch.mjs';
import { startProgram } from '../demo/world.mjs';

const TEXT = 'words for a device on the old route';

/** Registers a device with the app's JWT and sends it a message by the v1 route; answers the secrets that took part. */
export async function legacyRoute(world) {
  // Text: an editor may end the file with a line break, so the backend takes white space at its ends away.
  const appKey = Buffer.from(randomBytes(32).toString('base64url'));
  const [apiKey, masterKey] = [24, 32].map((bytes) => randomBytes(bytes).toString('base64url'));
  const database = path.join(world.folder, 'legacy.db');
  const backend = await start(world, { appKey, database }, { PUSHSEAL_API_KEY: apiKey, PUSHSEAL_MASTER_KEY: masterKey });
  const appJwt = await new SignJWT({ sub: 'user-7' }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h').sign(appKey);
  const url = `http://127.0.0.1:${backend.port}`;
  const { token, deviceKey } = await register(world, url, appJwt);
  await send(url, apiKey);
  await sent(world);
  backend.child.removeAllListeners('exit').kill('SIGTERM');
  await new Promise((resolve) => backend.child.once('exit', resolve));
  return { appKey, appJwt, apiKey, masterKey, deviceKey, token, database, text: TEXT, log: backend.log() };
}

function start(world, { appKey, database }, env) {
  const file = (name, contents) => {
    const whole = path.join(world.folder, name);
    writeFileSync(whole, contents, { mode: 0o600 });
    return whole;
  };
  const config = `
    listen = "127.0.0.1:0"
    database = ${JSON.stringify(database)}
    [device_auth]
    algorithm = "HS256"
    key_file = ${JSON.stringify(file('app.key', appKey))}
    [regions.legacy]
    app_id = "client-id"
    client_secret_file = ${JSON.stringify(file('client-secret', world.clientSecret))}
    push_url = "${world.pushKitUrl}"
    token_url = "${world.pushKitUrl}/oauth2/v3/token"`;
  return startProgram(world.program, ['serve', '--config', file('legacy.toml', config)], env, (line) => /^listening on .*:(\d+)$/.exec(line)?.[1]);
}

async function register(world, url, appJwt) {
  const aaid = randomUUID();
  const answer = await fetch(`${world.pushKitUrl}/device/token`, { method: 'POST', body: JSON.stringify({ aaid }) });
  const { token } = await answer.json();
  const deviceKey = randomBytes(32);
  const body = { token, region: 'legacy', bundle: world.device.bundleName, keys: [{ keyId: 'old', key: deviceKey.toString('base64url') }] };
  await expect(200, 201, fetch(`${url}/v1/devices/${aaid}`, json('PUT', appJwt, body)));
  return { token, deviceKey };
}

const send = (url, apiKey) => expect(202, 202, fetch(`${url}/v1/messages`, json('POST', apiKey, { to: { users: ['user-7'] }, data: { text: TEXT } })));

function json(method, bearer, body) {
  return { method, headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` }, body: JSON.stringify(body) };
}

async function expect(least, most, answering) {
  const answer = await answering;
  if (answer.status < least || answer.status > most) throw new Error(`${answer.status}: ${await answer.text()}`);
}

/** Waits until the message has reached Push Kit by the v1 route. */
async function sent(world) {
  await until('a message by the v1 route', async () => {
    const requests = await (await fetch(`${world.pushKitUrl}/control/requests`)).json();
    return requests.find(({ path: route, answer }) => route.startsWith('/v1/') && answer?.body?.code === '80000000');
  });
}
