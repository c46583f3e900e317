// What an app would write without the library, as fast as it goes in JavaScript, with the same checks as far as JSON.parse
// lets it see them. (A name that occurs twice is lost in JSON.parse, so this checks less, to its own advantage.)
//
// Each step was chosen by measurement: decoding into one buffer and looking at its length costs a tenth of a regular
// expression; `isAscii` and a Latin-1 string cost a third of a TextDecoder; a key's header is compared, not parsed.
import { isAscii, isUtf8 } from 'node:buffer';

const REFUSED = ['zip', 'crit', 'jwk', 'jku', 'x5u', 'x5c'];
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Decodes into `room`; gives the bytes. One text for each value: no foreign characters, trailing bits are zero. */
function decode(text, room) {
  const rest = text.length % 4;
  const length = Math.floor((text.length * 3) / 4);
  if (rest === 1 || length > room.length || room.write(text, 0, 'base64url') !== length) throw new Error('not base64url');
  if (text.includes('+') || text.includes('/')) throw new Error('not base64url');
  if (rest !== 0 && (DIGITS.indexOf(text[text.length - 1]) & (rest === 2 ? 15 : 3)) !== 0) throw new Error('not canonical');
  return room.subarray(0, length);
}

/** A string of bytes that are UTF-8. */
function textOf(bytes) {
  if (isAscii(bytes)) return bytes.latin1Slice();
  if (!isUtf8(bytes)) throw new Error('not UTF-8');
  return bytes.utf8Slice();
}

/** Depth, integers, and, where there may be any, lone surrogates of a parsed value. */
function check(value, depth, escapes) {
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) throw new Error('unsafe number');
  } else if (typeof value === 'string') {
    if (escapes && !value.isWellFormed()) throw new Error('lone surrogate');
  } else if (value !== null && typeof value === 'object') {
    if (depth === 32) throw new Error('too deep');
    for (const name in value) {
      if (escapes && !name.isWellFormed()) throw new Error('lone surrogate');
      check(value[name], depth + 1, escapes);
    }
  }
}

const enc = (key) => (key.bytes.length === 32 ? 'A256GCM' : 'A128GCM');

/** The keyring: each key with the text of its own header. */
export function keyringByHand(entries) {
  return entries.map(({ keyId, key }) => {
    const bytes = Buffer.from(key);
    const header = Buffer.from(JSON.stringify({ alg: 'dir', enc: enc({ bytes }), kid: keyId })).toString('base64url');
    return { id: keyId, bytes, header, aad: Buffer.from(header) };
  });
}

function findKey(keyring, header) {
  const own = keyring.find((key) => key.header === header);
  if (own !== undefined) return own;
  if (header.length > 684) throw new Error('header');
  const { alg, enc: named, kid, ...others } = JSON.parse(textOf(decode(header, Buffer.allocUnsafe(512))));
  if (alg !== 'dir' || typeof kid !== 'string' || REFUSED.some((name) => name in others)) throw new Error('header');
  const key = keyring.find(({ id }) => id === kid);
  if (key === undefined || named !== enc(key)) throw new Error('key');
  return { ...key, aad: Buffer.from(header) };
}

/** Takes a payload apart, into buffers that live until the next call. */
function makeTaker() {
  const [ivRoom, tagRoom, room] = [12, 16, 8192].map((size) => Buffer.alloc(size));
  return (keyring, payload) => {
    if (payload.length > 16384) throw new Error('too large');
    const [header, none, iv, ciphertext, tag, ...more] = JSON.parse(payload).data.split('.');
    if (none !== '' || tag === undefined || more.length > 0) throw new Error('no compact JWE');
    const key = findKey(keyring, header);
    const [nonce, mac] = [decode(iv, ivRoom), decode(tag, tagRoom)];
    if (nonce.length !== 12 || mac.length !== 16) throw new Error('sizes');
    return { key, nonce, mac, ciphertext: decode(ciphertext, room), derivedId: [key.id, iv, tag] };
  };
}

/** Checks a plaintext and gives the message with its data parsed. */
function messageOf(plaintext, { key, derivedId }, { now, audience }) {
  const text = textOf(plaintext);
  const claims = JSON.parse(text);
  check(claims, 0, text.includes('\\u'));
  const { iat, exp = iat + 1296000, jti = derivedId.join('.'), aud, data } = claims;
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp) || exp <= iat || exp * 1000 <= now) throw new Error('time');
  if (aud !== undefined && aud !== audience) throw new Error('audience');
  if (typeof jti !== 'string' || jti.length === 0 || jti.length > 64 || data === undefined) throw new Error('claims');
  return { id: jti, keyId: key.id, issuedAt: iat * 1000, expiresAt: exp * 1000, sealed: true, data, reference: null };
}

/** Opens with `node:crypto`'s `createDecipheriv`. */
export function nodeCryptoOpener({ createDecipheriv }) {
  const take = makeTaker();
  const length = { authTagLength: 16 };
  return (keyring, payload, options) => {
    const parts = take(keyring, payload);
    const { key, nonce, mac, ciphertext } = parts;
    const decipher = createDecipheriv(key.bytes.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm', key.bytes, nonce, length);
    decipher.setAAD(key.aad);
    decipher.setAuthTag(mac);
    const plaintext = decipher.update(ciphertext);
    decipher.final(); // throws where the tag is wrong; GCM holds nothing back
    return messageOf(plaintext, parts, options);
  };
}

/** Opens with WebCrypto; the keys of the keyring have been imported as `imported`. */
export function webCryptoOpener({ subtle }) {
  const take = makeTaker();
  return async (keyring, payload, options) => {
    const parts = take(keyring, payload);
    const { key, nonce, mac, ciphertext } = parts;
    const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: key.aad, tagLength: 128 };
    const plaintext = await subtle.decrypt(algorithm, key.imported, Buffer.concat([ciphertext, mac]));
    return messageOf(Buffer.from(plaintext), parts, options);
  };
}
