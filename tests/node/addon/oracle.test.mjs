// Whoever sends changed messages and sees what the app reports learns nothing: one error for all that does not decrypt.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { loadAddon } from './load.mjs';

const native = loadAddon();
const key = randomBytes(32);
const HEADER = '{"alg":"dir","enc":"A256GCM","kid":"k"}';
const options = { now: Date.now(), audience: '', allowPlaintext: false, clockSkew: 0 };
const iat = Math.floor(options.now / 1000) - 1;

function seal(data) {
  const header = Buffer.from(HEADER).toString('base64url');
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(header));
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify({ iat, data })), cipher.final()]);
  return { header, iv, ciphertext, tag: cipher.getAuthTag() };
}

const text = ({ header, iv, ciphertext, tag }) => [header, '', ...[iv, ciphertext, tag].map((bytes) => bytes.toString('base64url'))].join('.');

const flipped = (bytes, at, by) => {
  const copy = Buffer.from(bytes);
  copy[at] ^= by;
  return copy;
};

/** Every way in which a well-formed message can fail to decrypt. */
function* changed(good) {
  for (const part of ['tag', 'iv', 'ciphertext']) {
    for (let at = 0; at < good[part].length; at++) yield { ...good, [part]: flipped(good[part], at, 1 << (at % 8)) };
  }
  for (let length = 0; length < good.ciphertext.length; length++) yield { ...good, ciphertext: good.ciphertext.subarray(0, length) };
  for (const length of [1, 16, 17]) yield { ...good, ciphertext: Buffer.concat([good.ciphertext, Buffer.alloc(length)]) };
  for (const header of ['{"alg":"dir","kid":"k","enc":"A256GCM"}', `${HEADER} `, HEADER.replace('}', ',"typ":"JOSE"}'), HEADER.replace('"k"', '"other"')]) {
    yield { ...good, header: Buffer.from(header).toString('base64url') };
  }
}

/** All of an error that a program can see, but the line that called. */
function seen(payload) {
  try {
    native.openMessage(payload, options);
  } catch (error) {
    const own = Object.getOwnPropertyNames(error).filter((name) => name !== 'stack').map((name) => [name, error[name]]);
    return inspect([Object.getPrototypeOf(error) === Error.prototype, String(error), own, error.stack.split('\n').length], { depth: 9 });
  }
  throw new Error('it opened');
}

test('whatever was changed, there is one error, alone and in a batch', () => {
  native.setKeyring([{ keyId: 'k', key }, { keyId: 'other', key: randomBytes(32) }]);
  const payloads = ['', 'x'.repeat(1500)].flatMap((data) => {
    const good = seal(data);
    assert.equal(JSON.parse(native.openMessage(text(good), options).data), data);
    return [...changed(good)].map(text);
  });
  const errors = new Set(payloads.map(seen));
  assert.equal(errors.size, 1, [...errors].join('\n'));
  assert.match([...errors][0], /'code', 2004/);
  const outcomes = new Set(native.openMessages(payloads, options).map((outcome) => JSON.stringify(outcome)));
  assert.deepEqual([...outcomes], ['{"message":null,"code":2004,"name":"DecryptionFailed"}']);
  console.log(`report: no oracle through Node: ${payloads.length} changed messages refused with one error, to the letter`);
  assert.ok(payloads.length > 3000);
  native.clearKeyring();
});
