// The library is faster than the same work by hand.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { loadAddon } from '../addon/load.mjs';
import { measure, ratioLine } from './ratio.mjs';

for (const bytes of [300, 2100]) {
  test(`openMessage is faster than node:crypto by hand, ${bytes} bytes`, async () => {
    const result = await measure(loadAddon(), bytes);
    console.log(`report: ${ratioLine(result)}`);
    assert.ok(result.ratio < 1, ratioLine(result));
  });
}
