// A process that registers, and its backend.
import { startBackend } from '../../doubles/backend/server.mjs';
import { har, importInApp, makeContext, makeDevice } from './app.mjs';

export const retry = { attempts: 4, firstDelay: 1, maxDelay: 4 };
/** What the app remembers of its registration. */
export const stored = (device) => JSON.parse(device.preferences.get('pushseal')?.registration ?? '{}');

/** A started process with the HAR and a backend. */
export async function start(t, options) {
  const backend = await startBackend();
  t.after(() => backend.close());
  const device = makeDevice(options);
  t.after(() => device.process.kill());
  return { backend, device, ...(await restart(device, backend)) };
}

/** The process anew. */
export async function restart(device, backend) {
  device.process?.kill();
  const { module: pushseal } = await importInApp(device, har);
  device.process.foreground = true;
  const config = { baseUrl: backend.baseUrl, region: 'cn', retry, consent: () => true };
  return { pushseal, config, sync: (changes = {}) => pushseal.syncToken(makeContext(device), { ...config, ...changes }) };
}
