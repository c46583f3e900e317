// The app profile of the signed-in user: bound with the registration, unbound with its end.
import assert from 'node:assert/strict';
import test from 'node:test';
import { KitError } from '../../doubles/kits/device.mjs';
import { restart, start } from './syncing.mjs';

const bound = (device) => [...(device.profiles?.ids ?? [])];

test('the profile is bound with the registration, replaced with the user, and unbound at the end', async (t) => {
  const { device, sync, PushSeal } = await start(t);
  await sync();
  assert.deepEqual(bound(device), []);
  await sync({ user: 'zhang', profileId: 'p-zhang' });
  assert.deepEqual(bound(device), ['p-zhang']);
  await sync({ user: 'li', profileId: 'p-li' });
  assert.deepEqual(bound(device), ['p-li']);
  await PushSeal.unregister();
  assert.deepEqual(bound(device), []);
});

test('the profile is bound once for each token, also over starts', async (t) => {
  const { backend, device, sync } = await start(t);
  let binds = 0;
  device.fault = (call) => void (binds += call === 'pushService.bindAppProfileId' ? 1 : 0);
  await sync({ profileId: 'p' });
  await sync({ profileId: 'p' });
  let next = await restart(device, backend);
  await next.sync({ profileId: 'p' });
  assert.equal(binds, 1);
  device.pushKit.renew(device);
  next = await restart(device, backend);
  await next.sync({ profileId: 'p' });
  assert.deepEqual([binds, bound(device)], [2, ['p']], 'a new token has no profile');
});

test('a profile that cannot be bound fails the registration by its code; the backend has the device, and the next one binds', async (t) => {
  const { backend, device, sync } = await start(t);
  device.fault = (call) => (call === 'pushService.bindAppProfileId' ? new KitError(1000900015, 'too many') : undefined);
  const outcome = await sync({ profileId: 'p' });
  assert.deepEqual([outcome.state, outcome.reason, outcome.code, backend.devices.size], ['failed', 'Push Kit', 1000900015, 1]);
  device.fault = undefined;
  assert.deepEqual([(await sync({ profileId: 'p' })).state, bound(device)], ['current', ['p']]);
});
