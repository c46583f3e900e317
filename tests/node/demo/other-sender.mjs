// A sender that has nothing of ours: it seals with npm's `jose` and calls Push Kit's v3 API by itself.
import { CompactEncrypt, SignJWT } from 'jose';
import { createPrivateKey } from 'node:crypto';

/** Seals for the device key `{keyId, key}`. */
export function sealWithJose({ keyId, key }, data) {
  const plaintext = JSON.stringify({ iat: Math.floor(Date.now() / 1000), jti: `jose-${Date.now()}`, data });
  return new CompactEncrypt(new TextEncoder().encode(plaintext))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: keyId })
    .encrypt(key);
}

/** Sends a background message by Push Kit's v3 API. */
export async function sendToPushKit({ account, pushKitUrl }, token, extraData) {
  const bearer = await new SignJWT({})
    .setProtectedHeader({ kid: account.key_id, typ: 'JWT', alg: 'PS256' })
    .setIssuer(account.sub_account)
    .setAudience(account.token_uri)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(createPrivateKey(account.private_key));
  const response = await fetch(`${pushKitUrl}/v3/${account.project_id}/messages:send`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'push-type': '6', authorization: `Bearer ${bearer}` },
    body: JSON.stringify({ payload: { extraData }, target: { token: [token] } }),
  });
  const answer = await response.json();
  if (answer.code !== '80000000') throw new Error(`Push Kit answered ${response.status}: ${JSON.stringify(answer)}`);
}

/** The device's keys, each `{keyId, key}`, as the backend got them at registration; the demo reads them in the Asset Store instead. */
export function keysOf(device) {
  const [SECRET, ALIAS] = [(3 << 28) | 1, (3 << 28) | 2];
  const assets = [...device.assets.values()].filter((stored) => stored.get(SECRET)?.length === 32);
  return assets.map((stored) => ({ keyId: new TextDecoder().decode(stored.get(ALIAS)), key: stored.get(SECRET) }));
}

/** The one key of a device that is new. */
export function keyOf(device) {
  const [key] = keysOf(device);
  if (key === undefined) throw new Error('the device has no key');
  return key;
}
