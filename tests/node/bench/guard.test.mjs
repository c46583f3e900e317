// The library is faster than the same work by hand; `cargo xtask bench` measures it against everyone.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { loadAddon } from '../addon/load.mjs';
import { BY_HAND, OURS, ours } from './contenders.mjs';
import { KEY_ID, MESSAGES, messageOf, openOptions } from './messages.mjs';
import { measure, median, ratio } from './rounds.mjs';

for (const [name, most] of [['300 B', 0.6], ['3 KB', 0.6]]) {
  test(`openMessage takes at most ${most} of node:crypto by hand, ${name}`, async () => {
    const native = loadAddon();
    const keys = [{ keyId: KEY_ID, key: native.generateKey() }];
    const message = await messageOf(MESSAGES.find((kind) => kind.name === name), keys[0].key);
    const measured = await measure(ours(native, keys, message, openOptions()), 101);
    const [own, byHand] = [OURS, BY_HAND].map((who) => median(measured.find((one) => one.who === who).samples) / 1000);
    const found = ratio(measured, OURS, BY_HAND);
    const line = `${name}: openMessage ${own.toFixed(1)} µs, by hand on node:crypto ${byHand.toFixed(1)} µs: ratio ${found.toFixed(2)}`;
    console.log(`report: ${line}`);
    assert.ok(found <= most, line);
  });
}
