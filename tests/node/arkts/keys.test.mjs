// Device keys in the Asset Store, whose double refuses what the service refuses.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { KitError } from '../../doubles/kits/device.mjs';
import { har, importInApp, makeDevice } from './app.mjs';
import { start } from './syncing.mjs';

const keyStore = path.join(path.dirname(har), 'src/main/ets/keys/KeyStore.ets');
const assetKit = path.join(import.meta.dirname, '../../doubles/kits/@kit.AssetStoreKit.mjs');
const bytes = (length) => new Uint8Array(length).fill(1);

/** A process with the Asset Store, and an asset of it that is as it should be. */
async function assets(t) {
  const device = makeDevice();
  const { module } = await importInApp(device, assetKit);
  t.after(() => device.process.kill());
  const { Tag } = module.asset;
  const good = () => new Map([[Tag.ALIAS, bytes(6)], [Tag.SECRET, bytes(32)], [Tag.DATA_LABEL_NORMAL_1, bytes(4)]]);
  return { device, asset: module.asset, Tag, good };
}

test('the Asset Store answers 201 to the tag IS_PERSISTENT whatever its value', async (t) => {
  const { asset, Tag, good } = await assets(t);
  for (const value of [true, false]) assert.throws(() => asset.addSync(good().set(Tag.IS_PERSISTENT, value)), { code: 201 });
  asset.addSync(good());
});

test('the Asset Store refuses labels, secrets and aliases out of their bounds, tags out of place, and an alias twice', async (t) => {
  const { asset, Tag, good } = await assets(t);
  const bounds = { DATA_LABEL_NORMAL_1: 2048, DATA_LABEL_NORMAL_4: 2048, SECRET: 1024, ALIAS: 256 };
  for (const [tag, most] of Object.entries(bounds)) {
    for (const length of [0, most + 1]) assert.throws(() => asset.addSync(good().set(Tag[tag], bytes(length))), { code: 401 }, `${tag} of ${length}`);
    asset.addSync(good().set(Tag.ALIAS, bytes(7)).set(Tag[tag], bytes(most)));
    asset.removeSync(new Map());
  }
  assert.throws(() => asset.addSync(good().set(Tag.RETURN_TYPE, 0)), { code: 401 });
  assert.throws(() => asset.addSync(good().set(Tag.ACCESSIBILITY, 9)), { code: 401 });
  assert.throws(() => asset.addSync(new Map([[Tag.ALIAS, bytes(1)]])), { code: 401 });
  asset.addSync(good());
  assert.throws(() => asset.addSync(good()), { code: 24000003 });
  assert.throws(() => asset.updateSync(new Map(), good()), { code: 401 });
  assert.throws(() => asset.updateSync(new Map([[Tag.ALIAS, bytes(6)]]), new Map()), { code: 401 });
  assert.throws(() => asset.updateSync(new Map([[Tag.ALIAS, bytes(6)]]), new Map([[Tag.ACCESSIBILITY, 1]])), { code: 401 });
  assert.throws(() => asset.querySync(new Map([[Tag.RETURN_TYPE, 0]])), { code: 24000017 });
  assert.throws(() => asset.querySync(new Map([[Tag.ALIAS, bytes(5)]])), { code: 24000002 });
});

test('before the first unlock the Asset Store gives and removes attributes, and neither gives nor takes a secret', async (t) => {
  const { device, asset, Tag, good } = await assets(t);
  asset.addSync(good());
  device.unlocked = false;
  const one = new Map([[Tag.ALIAS, bytes(6)]]);
  assert.equal(asset.querySync(one).length, 1);
  assert.throws(() => asset.querySync(new Map([...one, [Tag.RETURN_TYPE, 0]])), { code: 24000005 });
  assert.throws(() => asset.addSync(good().set(Tag.ALIAS, bytes(7))), { code: 24000005 });
  asset.updateSync(one, new Map([[Tag.DATA_LABEL_NORMAL_1, bytes(3)]]));
  asset.removeSync(one);
  assert.equal(device.assets.size, 0);
});

test('a device registers: its key is stored without a tag that needs a permission', async (t) => {
  const { device, sync, backend } = await start(t);
  assert.equal((await sync()).state, 'registered');
  const { module } = await importInApp(device, assetKit);
  const stored = [...device.assets.values()];
  assert.deepEqual(stored.map((asset) => asset.has(module.asset.Tag.IS_PERSISTENT)), [false]);
  assert.equal(backend.devices.size, 1);
});

for (const [call, code] of [['asset.addSync', 24000001], ['asset.querySync', 24000008], ['asset.addSync', 201]]) {
  test(`the app gets the Asset Store's code: ${code} from ${call}`, async (t) => {
    const { device, sync } = await start(t);
    device.fault = (called) => (called === call ? new KitError(code, 'refused') : undefined);
    const outcome = await sync();
    assert.deepEqual([outcome.state, outcome.code], ['failed', code]);
    assert.match(outcome.reason, /keys/);
  });
}

test('before the first unlock the app gets "not unlocked" with the code, and no key is made in place of the one that cannot be read', async (t) => {
  const { device, sync } = await start(t);
  await sync();
  device.unlocked = false;
  const { module } = await importInApp(device, keyStore);
  const keys = module.prepareKeys(90, '', Date.now());
  assert.deepEqual([keys.state, keys.code, device.assets.size], ['not unlocked', 24000005, 1]);
});

test('keys are erased before the first unlock too: a user who leaves does not have to wait for it', async (t) => {
  const { device, sync } = await start(t);
  await sync();
  device.unlocked = false;
  const { module } = await importInApp(device, keyStore);
  module.eraseKeys();
  assert.equal(device.assets.size, 0);
});
