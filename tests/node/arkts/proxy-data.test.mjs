// `proxyData`: the system writes into the app's table while it is away, if the profile leads there.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { pushTable, sharedWithPushKit } from '../../doubles/kits/data-share.mjs';
import { systemWrites } from '../../doubles/kits/push-kit-service.mjs';
import { registered } from './registered.mjs';

const RIGHT = '{"path":"pushseal/t_push_message","type":"rdb"}';

/** What an app with this profile shares. */
function shared(t, device, profile) {
  const folder = mkdtempSync(path.join(tmpdir(), 'pushseal-profile-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(path.join(folder, 'resources/base/profile'), { recursive: true });
  writeFileSync(path.join(folder, 'resources/base/profile/P.json'), profile);
  const metadata = { name: 'dataProperties', resource: '$profile:P' };
  const uri = `datashareproxy://${device.bundleName}/PushMessage`;
  return sharedWithPushKit({ proxyData: [{ uri, requiredWritePermission: 'ohos.permission.WRITE_PRIVACY_PUSH_DATA', metadata }] }, folder);
}

test("the example app's profile leads to the table that the HAR makes", async (t) => {
  const { device } = await registered(t);
  assert.equal(pushTable(device)?.table, 't_push_message');
  assert.ok(pushTable(device).database === device.databases.get('pushseal.db'));
});

test('nothing is written by a profile that the system does not understand, or without one', async (t) => {
  const { device } = await registered(t);
  const wrong = {
    'the name of the file': '{"path":"pushseal.db/t_push_message","type":"rdb"}',
    'another table': '{"path":"pushseal/messages","type":"rdb"}',
    'no table': '{"path":"pushseal","type":"rdb"}',
    JSON5: "{ path: 'pushseal/t_push_message', type: 'rdb' }",
  };
  device.shared = shared(t, device, RIGHT);
  assert.ok(systemWrites(device, 'text'), RIGHT);
  for (const [what, profile] of Object.entries(wrong)) {
    device.shared = shared(t, device, profile);
    assert.ok(!systemWrites(device, 'text'), what);
  }
  device.shared = sharedWithPushKit({}, '.');
  assert.ok(!systemWrites(device, 'text'));
});
