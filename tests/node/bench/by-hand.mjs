// What an app would write without the library: opening on `node:crypto`, with the same checks as far as JSON.parse lets it
// see them. (A name that occurs twice is lost in JSON.parse, so this checks less, to its own advantage.)
import { createDecipheriv } from 'node:crypto';

const BASE64URL = /^[A-Za-z0-9_-]*$/;
const REFUSED = ['zip', 'crit', 'jwk', 'jku', 'x5u', 'x5c'];
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(text) {
  if (!BASE64URL.test(text)) throw new Error('not base64url');
  const bytes = Buffer.from(text, 'base64url');
  // One text for each value: trailing bits are zero.
  const last = text.length % 4;
  if (last === 1 || (last !== 0 && bytes.toString('base64url').slice(-1) !== text.slice(-1))) throw new Error('not canonical');
  return bytes;
}

/** Depth and integers of a parsed value. */
function check(value, depth) {
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) throw new Error('unsafe number');
  } else if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Error('lone surrogate');
  } else if (value !== null && typeof value === 'object') {
    if (depth === 32) throw new Error('too deep');
    for (const name in value) check(value[name], depth + 1);
  }
}

/** Opens `payload` with the keys of a Map from kid to bytes; answers the message with its data parsed. */
export function openByHand(keys, payload, { now, audience }) {
  if (payload.length > 16384) throw new Error('too large');
  const envelope = JSON.parse(payload);
  const [header, none, iv, ciphertext, tag, ...more] = envelope.data.split('.');
  if (none !== '' || tag === undefined || more.length > 0 || header.length > 684) throw new Error('no compact JWE');
  const { alg, enc, kid, ...others } = JSON.parse(utf8.decode(decode(header)));
  if (alg !== 'dir' || typeof kid !== 'string' || REFUSED.some((name) => name in others)) throw new Error('header');
  const key = keys.get(kid);
  if (key === undefined || enc !== (key.length === 32 ? 'A256GCM' : 'A128GCM')) throw new Error('key');
  const [nonce, bytes, mac] = [decode(iv), decode(ciphertext), decode(tag)];
  if (nonce.length !== 12 || mac.length !== 16 || bytes.length > 8192) throw new Error('sizes');
  const decipher = createDecipheriv(key.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm', key, nonce, { authTagLength: 16 });
  decipher.setAAD(Buffer.from(header, 'latin1'));
  decipher.setAuthTag(mac);
  const plaintext = Buffer.concat([decipher.update(bytes), decipher.final()]);
  const claims = JSON.parse(utf8.decode(plaintext));
  check(claims, 0);
  const { iat, exp = iat + 1296000, jti = `${kid}.${iv}.${tag}`, aud, data } = claims;
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp) || exp <= iat || exp * 1000 <= now) throw new Error('time');
  if (aud !== undefined && aud !== audience) throw new Error('audience');
  if (typeof jti !== 'string' || jti.length === 0 || jti.length > 64 || data === undefined) throw new Error('claims');
  return { id: jti, keyId: kid, issuedAt: iat * 1000, expiresAt: exp * 1000, data };
}
