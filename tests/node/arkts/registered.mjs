import assert from 'node:assert/strict';
import { startBackend } from '../../doubles/backend/server.mjs';
import { makeDevice, startApp } from './app.mjs';

/** For test `t`: a device whose app runs and is registered, the backend, and the key it registered. */
export async function registered(t, options = {}) {
  const backend = await startBackend();
  t.after(() => backend.close());
  const device = makeDevice(options);
  device.rawfile['pushseal.json'] = JSON.stringify({ baseUrl: backend.baseUrl, region: 'cn' });
  const app = await startApp(device);
  t.after(() => device.process.kill());
  await app.until((model) => model.registration !== null);
  assert.equal(app.model.registration.state, 'registered');
  return { backend, device, app, key: backend.devices.get(device.aaid).keys[0] };
}
