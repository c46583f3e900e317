// Every secret that took part in the demo, by kind.
import { createPrivateKey } from 'node:crypto';
import { compactDecrypt } from 'jose';
import { keysOf } from '../demo/other-sender.mjs';

/** A list of {kind, name, hex}; `hex` is the secret's bytes. */
export async function secretsOf(world, legacy, record, texts) {
  const secrets = [];
  const add = (kind, name, ...values) => {
    for (const value of values) secrets.push({ kind, name, hex: Buffer.from(value).toString('hex') });
  };
  const keys = keysOf(world.device).map(({ key }) => key);
  add('device key', 'the demo device', ...keys);
  add('device key', 'the old device', legacy.deviceKey);
  add('master key', 'the demo backend', Buffer.from(world.masterKey, 'base64url'));
  add('master key', 'the old backend', Buffer.from(legacy.masterKey, 'base64url'));
  add('API key', 'as the sender writes it', world.apiKey, legacy.apiKey);
  add('service account', 'private exponent and primes', ...privateParts(world.account.private_key));
  add('service account', 'lines of its file', ...world.account.private_key.split('\n').filter((line) => line.length === 64));
  add('OAuth secret', 'of the client', world.clientSecret);
  add('sign-in key', 'of the app\'s JWTs', legacy.appKey);
  add('sign-in JWT', 'whole, and its signature', legacy.appJwt, legacy.appJwt.split('.')[2]);
  const bearers = [...new Set(record.map(({ headers }) => headers.authorization?.slice('Bearer '.length)).filter(Boolean))];
  add('service JWT', 'a signature', ...bearers.filter((bearer) => bearer.includes('.')).map((bearer) => bearer.split('.')[2]));
  add('access token', 'of OAuth', ...bearers.filter((bearer) => !bearer.includes('.')));
  add('push token', 'of a device', legacy.token, ...tokensIn(record));
  const opened = await openedIn(record, [...keys, legacy.deviceKey]);
  const references = opened.filter(({ ref }) => ref !== undefined).map(({ ref }) => Buffer.from(ref.key, 'base64url'));
  add('attachment key', 'in a sealed message', ...references);
  const sealed = opened.filter(({ data }) => data !== undefined).flatMap(({ data }) => [JSON.stringify(data), ...Object.values(data)]);
  add('plaintext', 'of a message', ...new Set([...texts, ...sealed.filter((text) => typeof text === 'string' && Buffer.byteLength(text) >= 12)]));
  return secrets;
}

function privateParts(pem) {
  const { d, p, q } = createPrivateKey(pem).export({ format: 'jwk' });
  return [d, p, q].map((part) => Buffer.from(part, 'base64url'));
}

/** Every push token that a message went to. */
function tokensIn(record) {
  const bodies = record.filter(({ path }) => path.endsWith('messages:send')).map(({ body }) => JSON.parse(body));
  return new Set(bodies.flatMap(({ target, message }) => target?.token ?? message.token));
}

/** The plaintexts of all sealed messages that went to Push Kit; only the devices' keys open them. */
async function openedIn(record, keys) {
  const opened = [];
  for (const [jwe] of record.flatMap(({ body }) => [...body.matchAll(/ey[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+/g)])) {
    for (const key of keys) {
      const { plaintext } = await compactDecrypt(jwe, key).catch(() => ({}));
      if (plaintext !== undefined) opened.push(JSON.parse(new TextDecoder().decode(plaintext)));
    }
  }
  return opened;
}
