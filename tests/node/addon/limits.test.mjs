// At the limits, through the engine: batches of 100,000, the worst payloads, attachments; and the memory they leave behind.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { loadAddon, vectors } from './load.mjs';

const native = loadAddon();
const good = vectors.cases.find((vector) => vector.name === 'A256GCM with every claim');
const load = () => native.setKeyring(good.keys.map(({ keyId, key }) => ({ keyId, key: new Uint8Array(Buffer.from(key, 'hex')) })));
const mebibyte = 1024 * 1024;

function seal(plaintext) {
  const [{ keyId, key }] = good.keys;
  const header = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid: keyId })).toString('base64url');
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'hex'), iv).setAAD(Buffer.from(header));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return [header, '', iv.toString('base64url'), ciphertext.toString('base64url'), cipher.getAuthTag().toString('base64url')].join('.');
}

/** Resident memory after a collection, in MiB. */
function resident() {
  globalThis.gc?.();
  return process.memoryUsage().rss / mebibyte;
}

test('a batch of 100,000 opens, one more is refused', () => {
  load();
  const payloads = Array.from({ length: 100000 }, (_, i) => (i % 4 === 3 ? 'bad' : good.payload));
  const outcomes = native.openMessages(payloads, good.options);
  assert.equal(outcomes.length, 100000);
  assert.equal(outcomes.filter(({ code }) => code === 0).length, 75000);
  assert.equal(outcomes.filter(({ code }) => code === 2002).length, 25000);
  payloads.push(good.payload);
  assert.throws(() => native.openMessages(payloads, good.options), { code: 3001, name: 'InvalidArgument' });
  assert.throws(() => native.openMessages(new Array(2 ** 32 - 1), good.options), { code: 3001 });
});

test('a batch of holes is refused one by one', () => {
  const outcomes = native.openMessages(new Array(100000), good.options);
  assert.ok(outcomes.every(({ message, code }) => message === null && code === 3001));
});

test('batch after batch leaves memory as it was', { skip: globalThis.gc === undefined && 'needs --expose-gc' }, () => {
  load();
  const payloads = Array.from({ length: 20000 }, () => good.payload);
  const round = () => native.openMessages(payloads, good.options);
  for (let i = 0; i < 3; i++) round();
  const before = resident();
  for (let i = 0; i < 20; i++) round();
  const grown = resident() - before;
  assert.ok(grown < 64, `${grown.toFixed(0)} MiB more after 400,000 messages`);
});

test('refused payloads leave memory as it was', { skip: globalThis.gc === undefined && 'needs --expose-gc' }, () => {
  load();
  const huge = `e${'x'.repeat(4 * mebibyte)}`;
  const deep = `{"data":${'['.repeat(16000)}`;
  const refuse = (payload) => assert.equal(native.openMessages([payload], good.options)[0].message, null);
  for (let i = 0; i < 20; i++) [huge, deep].forEach(refuse);
  const before = resident();
  for (let i = 0; i < 2000; i++) [huge, deep].forEach(refuse);
  const grown = resident() - before;
  assert.ok(grown < 32, `${grown.toFixed(0)} MiB more after 4,000 refusals`);
});

test('no payload of the longest length takes long', () => {
  load();
  const iat = Math.floor(good.options.now / 1000) - 1;
  const names = (write) => `{${Array.from({ length: 560 }, (_, i) => write(String(i).padStart(4, '0'))).join()}}`;
  const sealed = [`"${'x'.repeat(8000)}"`, names((n) => `"a${n}":1`), names((n) => `"\\u61${n.slice(2)}${n}":1`), `[${'{"a":{}},'.repeat(800)}0]`]
    .map((data) => seal(`{"iat":${iat},"data":${data}}`));
  const plain = ['['.repeat(16000), `{"data":"${'\\u0065'.repeat(2600)}"}`, '9'.repeat(16000), 'e'.repeat(16384), `e${'.'.repeat(16000)}`];
  const batch = (payload) => native.openMessages(Array.from({ length: 200 }, () => payload), good.options);
  for (const payload of [...sealed, ...plain]) {
    const begin = performance.now();
    batch(payload);
    const each = (performance.now() - begin) / 200;
    // Microseconds are usual; a machine under load may need a hundred times that.
    assert.ok(each < 5, `${payload.slice(0, 40)}…: ${each.toFixed(2)} ms each`);
  }
  assert.equal(batch(sealed[0]).every(({ code }) => code === 0), true);
});

test('attachments of the largest size come and go', { skip: globalThis.gc === undefined && 'needs --expose-gc' }, () => {
  const bytes = randomBytes(4 * mebibyte);
  const sha256 = createHash('sha256').update(bytes).digest('base64url');
  const reference = { id: 'a', size: bytes.length, sha256, key: 'A'.repeat(22) };
  const refuse = () => assert.throws(() => native.openAttachment(new Uint8Array(bytes), reference), ({ code }) => code >= 2000 && code < 3000);
  for (let i = 0; i < 5; i++) refuse();
  const before = resident();
  for (let i = 0; i < 40; i++) refuse();
  const grown = resident() - before;
  assert.ok(grown < 64, `${grown.toFixed(0)} MiB more after 160 MiB of attachments`);
});

test('arguments that lie about themselves end in errors, and the process lives', () => {
  load();
  const revoked = Proxy.revocable([good.payload], {});
  revoked.revoke();
  const lying = new Proxy([good.payload], { get: (target, name) => (name === 'length' ? 5 : target[name]) });
  const throwing = new Proxy({}, { get() { throw new RangeError('from the trap'); } });
  for (const value of [revoked.proxy, throwing, lying]) {
    for (const call of [
      () => native.setKeyring(value), () => native.openMessages(value, good.options), () => native.openMessage(good.payload, value),
      () => native.openAttachment(value, value), () => native.planTokenSync(value, value, 1), () => native.planTokenSync({}, {}, value),
    ]) {
      let result;
      try {
        result = call();
      } catch (error) {
        assert.equal(typeof error.code, 'number', String(error));
        continue;
      }
      assert.ok(Array.isArray(result), 'only a batch answers, with an outcome for each');
    }
  }
  load();
  assert.equal(native.openMessage(good.payload, good.options).id, good.expected.message.id);
});

test('a batch whose elements change the batch, the keyring and the payloads ends whole', () => {
  load();
  const batch = [good.payload, good.payload, good.payload, good.payload];
  Object.defineProperty(batch, 1, { get: () => { batch.length = 2; native.clearKeyring(); return good.payload; } });
  const codes = native.openMessages(batch, good.options).map(({ code }) => code);
  assert.equal(codes.length, 4);
  // The keyring is the one of the call's beginning; what is no longer there is no string.
  assert.deepEqual(codes.slice(0, 2), [0, 0]);
  load();
  const reentrant = [good.payload, good.payload];
  Object.defineProperty(reentrant, 0, { get: () => native.openMessages([good.payload], good.options)[0].message.data && good.payload });
  assert.deepEqual(native.openMessages(reentrant, good.options).map(({ code }) => code), [0, 0]);
});

test('an attachment whose buffer a getter detaches or resizes', () => {
  const bytes = new Uint8Array(new ArrayBuffer(64, { maxByteLength: 128 }));
  const reference = { id: 'a', size: 64, sha256: 'A'.repeat(43), key: 'A'.repeat(22) };
  const changing = (change) => Object.defineProperty({ ...reference }, 'id', { get: () => { change(); return 'a'; } });
  assert.throws(() => native.openAttachment(bytes, changing(() => bytes.buffer.resize(0))), { code: 2004 });
  const other = new Uint8Array(64);
  assert.throws(() => native.openAttachment(other, changing(() => structuredClone(other.buffer, { transfer: [other.buffer] }))), { code: 2004 });
});
