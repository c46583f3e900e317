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

/** The device's newest key, as the backend got it at registration; the demo reads it on the device instead. */
export function keyOf(device) {
  const text = (bytes) => new TextDecoder().decode(bytes);
  const [SECRET, ALIAS] = [(3 << 28) | 1, (3 << 28) | 2];
  const [asset] = [...device.assets.values()].filter((stored) => stored.get(SECRET)?.length === 32);
  if (asset === undefined) throw new Error('the device has no key');
  return { keyId: text(asset.get(ALIAS)).split('/').at(-1), key: asset.get(SECRET) };
}
