// The library is faster than the same work by hand; `cargo xtask bench` measures it against everyone.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { loadAddon } from '../addon/load.mjs';
import { besideHand } from './beside-hand.mjs';

for (const [name, most] of [['300 B', 0.6], ['3 KB', 0.5]]) {
  test(`openMessage takes at most ${most} of node:crypto by hand, ${name}`, async () => {
    const { ratio, line } = await besideHand(loadAddon(), name);
    console.log(`report: ${line}`);
    assert.ok(ratio <= most, line);
  });
}
