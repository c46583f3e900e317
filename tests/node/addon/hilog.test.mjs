// What the library writes to hilog, as tests/doubles/ohos/hilog.c records it. Only the device's builds have hilog.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadAddon, vectors } from './load.mjs';

const record = process.env.HILOG_DOUBLE;
const skip = record === undefined && 'this build has no hilog';
const native = loadAddon();
const lines = () => readFileSync(record, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const bytes = (hex) => new Uint8Array(Buffer.from(hex, 'hex'));

test('data in a log line never acts as its format', { skip }, () => {
  for (const keyId of ['100%s', '%n%n%n', '%{public}s%p', 'a%', '%%', '%99999d']) {
    native.setKeyring([{ keyId, key: native.generateKey() }]);
    const last = lines().at(-1);
    assert.ok(last.message.includes(keyId), `${keyId}: ${last.message}`);
    assert.equal(last.format, last.message.replaceAll('%', '%%'), 'a format of literal text alone');
  }
});

test('a line with a refused key id has no such id', { skip }, () => {
  const before = lines().length;
  for (const keyId of ['a\0b', 'a\nb', 'ключ']) {
    assert.throws(() => native.setKeyring([{ keyId, key: native.generateKey() }]), { code: 3001 });
  }
  assert.deepEqual(lines().slice(before), []);
});

test('lines carry the domain and tag of PushSeal', { skip }, () => {
  native.clearKeyring();
  const { domain, tag } = lines().at(-1);
  assert.deepEqual({ domain, tag }, { domain: 0x5053, tag: 'PushSealNative' });
});

test('opening, well or ill, writes no key, payload or plaintext', { skip }, () => {
  for (const { keys, payload, options } of vectors.cases) {
    if (keys.length > 0) native.setKeyring(keys.map(({ keyId, key }) => ({ keyId, key: bytes(key) })));
    try {
      native.openMessage(payload, options);
    } catch {
      // Which error it is, the suite of every engine checks.
    }
  }
  const text = lines().map(({ message }) => message).join('\n');
  for (const { name, keys, payload, expected } of vectors.cases) {
    for (const secret of secretsOf(keys, payload, expected)) assert.ok(!text.includes(secret), `${name}: ${secret}`);
  }
});

/** Every form in which a key, a payload or a plaintext could show itself. */
function secretsOf(keys, payload, expected) {
  const forms = keys.flatMap(({ key }) => {
    const raw = Buffer.from(key, 'hex');
    return [key, key.toUpperCase(), raw.toString('base64url'), raw.toString('base64'), [...raw].join(', ')];
  });
  const texts = [payload, expected?.message?.data].filter((text) => text?.length >= 16);
  return [...forms, ...texts.map((text) => text.slice(0, 64))].filter((secret) => secret.length >= 16);
}

after(() => native.clearKeyring());
