// What a failed request calls for.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { KitError } from '../../doubles/kits/device.mjs';
import { har, importInApp, makeDevice } from './app.mjs';
import { start } from './syncing.mjs';

const final = { 2300060: "the server's certificate is not trusted", 2300997: 'plain http is not permitted', 2300998: 'the app may not reach this domain' };
for (const [code, meaning] of Object.entries(final)) {
  test(`an error that cannot pass is not tried again: ${meaning}`, async (t) => {
    const { device, sync } = await start(t);
    let requests = 0;
    device.fault = (call) => {
      if (call !== 'http.request') return undefined;
      requests += 1;
      return new KitError(Number(code), meaning);
    };
    const outcome = await sync();
    assert.deepEqual([outcome.state, outcome.code, requests], ['failed', Number(code), 1]);
  });
}

test('an error that can pass is tried again', async () => {
  const device = makeDevice();
  const { module } = await importInApp(device, path.join(path.dirname(har), 'src/main/ets/sync/Reaction.ets'));
  for (const code of [2300005, 2300006, 2300007, 2300028, 2300052, 2300055, 2300056, 2300999]) {
    assert.equal(module.attemptsFor(module.reactionToNetwork(code), 6), 6, `${code}`);
  }
});
