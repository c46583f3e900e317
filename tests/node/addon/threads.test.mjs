// What only Node can show: worker threads, detached and shared buffers.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { addonPath, loadAddon, vectors } from './load.mjs';

const native = loadAddon();
const good = vectors.cases.find((vector) => vector.name === 'A256GCM with every claim');
const ring = () => good.keys.map(({ keyId, key }) => ({ keyId, key: new Uint8Array(Buffer.from(key, 'hex')) }));

/** Opens in a worker, again and again; answers how often each code came. */
const OPEN_IN_WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const module_ = { exports: {} };
  process.dlopen(module_, workerData.addon);
  const counts = {};
  for (let i = 0; i < workerData.rounds; i++) {
    let code = 0;
    try { module_.exports.openMessage(workerData.payload, workerData.options); } catch (error) { code = error.code; }
    counts[code] = (counts[code] ?? 0) + 1;
  }
  parentPort.postMessage(counts);
`;

function openInWorker(rounds) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(OPEN_IN_WORKER, { eval: true, workerData: { addon: addonPath, rounds, payload: good.payload, options: good.options } });
    worker.once('message', resolve).once('error', reject);
  });
}

test('the keyring is of the process: workers open with it', async () => {
  native.setKeyring(ring());
  const all = await Promise.all([openInWorker(2000), openInWorker(2000), openInWorker(2000)]);
  assert.deepEqual(all, [{ 0: 2000 }, { 0: 2000 }, { 0: 2000 }]);
});

test('workers open while the keyring is replaced: each message opens or names what is missing', async () => {
  native.setKeyring(ring());
  let running = true;
  const workers = Promise.all([openInWorker(20000), openInWorker(20000)]).finally(() => { running = false; });
  for (let i = 0; running; i++) {
    if (i % 3 === 0) native.clearKeyring();
    else if (i % 3 === 1) native.setKeyring([{ keyId: 'other', key: native.generateKey() }]);
    else native.setKeyring(ring());
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const counts of await workers) {
    const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
    assert.equal(total, 20000);
    assert.deepEqual(Object.keys(counts).filter((code) => !['0', '1001', '1002'].includes(code)), []);
  }
});

test('a detached key is refused', () => {
  const key = native.generateKey();
  structuredClone(key.buffer, { transfer: [key.buffer] });
  assert.throws(() => native.setKeyring([{ keyId: 'k', key }]), { code: 3001, name: 'InvalidArgument' });
});

test('a detached attachment is refused', () => {
  const reference = { id: 'a', size: 10, sha256: 'A'.repeat(43), key: 'A'.repeat(22) };
  const bytes = new Uint8Array(10);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  assert.throws(() => native.openAttachment(bytes, reference), { code: 2004 });
});

test('keys in shared and resizable buffers are copied', () => {
  const [entry] = ring();
  for (const buffer of [new SharedArrayBuffer(32), new ArrayBuffer(32, { maxByteLength: 64 })]) {
    const key = new Uint8Array(buffer);
    key.set(entry.key);
    native.setKeyring([{ keyId: entry.keyId, key }]);
    key.fill(0);
    assert.equal(native.openMessage(good.payload, good.options).id, good.expected.message.id);
  }
});

test('workers that are ended in the middle of a batch', async () => {
  native.setKeyring(ring());
  const endless = `
    const { parentPort, workerData } = require('node:worker_threads');
    const module_ = { exports: {} };
    process.dlopen(module_, workerData.addon);
    const batch = new Array(100).fill(workerData.payload);
    parentPort.postMessage('running');
    for (;;) module_.exports.openMessages(batch, workerData.options);`;
  for (let round = 0; round < 3; round++) {
    const workers = [1, 2].map(() => new Worker(endless, { eval: true, workerData: { addon: addonPath, payload: good.payload, options: good.options } }));
    await Promise.all(workers.map((worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))));
    native.setKeyring(ring());
    await new Promise((resolve) => setTimeout(resolve, round * 3));
    await Promise.all(workers.map((worker) => worker.terminate()));
    assert.equal(native.openMessage(good.payload, good.options).id, good.expected.message.id);
  }
});

test('bytes that another thread writes to while they are read', async () => {
  const shared = new Uint8Array(new SharedArrayBuffer(4096));
  const writing = 'const { workerData, parentPort } = require("node:worker_threads"); parentPort.postMessage(0); for (let i = 0; ; i++) workerData.fill(i);';
  const worker = new Worker(writing, { eval: true, workerData: shared });
  await new Promise((resolve) => worker.once('message', resolve));
  const reference = { id: 'a', size: 4096, sha256: 'A'.repeat(43), key: 'A'.repeat(22) };
  for (let i = 0; i < 1000; i++) {
    assert.throws(() => native.openAttachment(shared, reference), { code: 2004 });
    native.setKeyring([{ keyId: 'k', key: shared.subarray(0, 32) }]);
  }
  await worker.terminate();
  native.setKeyring(ring());
  assert.equal(native.openMessage(good.payload, good.options).id, good.expected.message.id);
});
