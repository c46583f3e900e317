// The suite of every engine, on Node.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { pushsealSuite } from '../engine/suite.mjs';
import { loadAddon, vectors } from './load.mjs';

const collect = globalThis.gc ?? (() => {});
const tests = pushsealSuite(loadAddon(), vectors, { collect });
for (const { name, run } of tests) test(name, run);
test('the suite ran whole', () => assert.ok(tests.length >= vectors.count + 15, `${tests.length} tests`));

// A run that knows its processor says what it must find there.
const expected = process.env.PUSHSEAL_EXPECT_AES;
if (expected !== undefined) {
  test(`hardware AES is ${expected}`, () => assert.equal(loadAddon().diagnostics().hardwareAes, expected === 'on'));
}
