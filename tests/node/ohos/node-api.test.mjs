// The device's library on OpenHarmony's Node-API, as tests/doubles/ohos/ace_napi.c does it.
import { after, beforeEach, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadAddon, vectors } from '../addon/load.mjs';

const native = loadAddon();
const good = vectors.cases.find((vector) => vector.name === 'A256GCM with every claim');
const claim = vectors.cases.find((vector) => vector.name === 'a claim check');
const ring = ({ keys }) => keys.map(({ keyId, key }) => ({ keyId, key: new Uint8Array(Buffer.from(key, 'hex')) }));
const registration = { token: 't', aaid: 'a', keyId: 'k', region: 'r', account: '', syncedAt: 0 };
const clear = { ...good.options, allowPlaintext: true };

/** What the engine itself logs. */
const complaints = () => readFileSync(process.env.HILOG_DOUBLE, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line))
  .filter(({ tag }) => tag === 'ArkCompiler' || tag === 'NAPI')
  .map(({ message }) => message);

beforeEach(() => native.setKeyring(ring(good)));

test('a refusal makes one error: none is made while an exception is pending', () => {
  const before = complaints().length;
  const refusals = [
    () => native.openMessage('x', good.options), () => native.openMessage(1, good.options), () => native.openMessage(good.payload, {}),
    () => native.openMessages(1, good.options), () => native.setKeyring(1), () => native.jsonField('{', 'a'), () => native.jsonField('{}', 1),
    () => native.openAttachment(new Uint8Array(1), {}), () => native.planTokenSync({}, registration, 1),
    () => native.openMessage(good.payload, { get now() { throw new Error('from the getter'); } }),
  ];
  for (const refusal of refusals) assert.throws(refusal, ({ code }) => typeof code === 'number');
  assert.deepEqual(complaints().slice(before), []);
});

test('a getter that throws in a batch leaves no exception pending while outcomes are made', () => {
  const before = complaints().length;
  const batch = [good.payload, good.payload, good.payload];
  Object.defineProperty(batch, 1, { get: () => { throw new Error('from the element'); } });
  assert.deepEqual(native.openMessages(batch, good.options).map(({ code }) => code), [0, 3001, 0]);
  assert.deepEqual(complaints().slice(before), []);
});

test('text goes to the engine with a zero unit behind it, and none before', () => {
  const before = complaints().length;
  const texts = ['好', '好'.repeat(15), '好'.repeat(4000), '好', '🔔'.repeat(4000), 'é', '好'.repeat(6000), '🔔'.repeat(6000), '好\0', '\0好', '好'.repeat(9000) + '\0x'];
  for (const text of texts) {
    const json = `{"a":"${text.replaceAll('\0', '\\u0000')}"}`;
    assert.equal(native.jsonField(json, 'a'), text);
    if (Buffer.byteLength(json) < 8192) assert.equal(native.openMessage(json, clear).data, json);
  }
  assert.deepEqual(complaints().slice(before), []);
});

test('result objects are made in one call with properties of their own: no setter of a prototype runs', () => {
  const names = ['id', 'keyId', 'issuedAt', 'sealed', 'data', 'reference', 'message', 'register', 'reason', 'version', 'size', 'sha256', 'key'];
  const ran = [];
  let results;
  for (const name of names) Object.defineProperty(Object.prototype, name, { set: () => ran.push(name), get: () => undefined, configurable: true });
  try {
    const options = Object.assign(Object.create(null), good.options);
    const stored = Object.fromEntries(Object.entries(registration));
    results = [native.openMessage(good.payload, options), native.openMessages([good.payload, 'x'], options)[0], native.planTokenSync(stored, stored, 1), native.diagnostics()];
    native.setKeyring(ring(claim));
    results.push(native.openMessage(claim.payload, claim.options));
  } finally {
    for (const name of names) delete Object.prototype[name];
  }
  assert.deepEqual(ran, []);
  const [message, outcome, plan, diagnostics, { reference }] = results;
  assert.deepEqual({ ...message }, good.expected.message);
  assert.deepEqual(Object.keys(outcome), ['message', 'code', 'name']);
  assert.deepEqual({ ...plan }, { register: true, reason: 'never' });
  assert.deepEqual(Object.keys(diagnostics), ['version', 'hardwareAes', 'selfTest']);
  assert.deepEqual({ ...reference }, claim.expected.message.reference);
  for (const result of results) assert.equal(Object.getPrototypeOf(result), Object.prototype);
});

after(() => native.clearKeyring());
