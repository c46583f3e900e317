// A process that registers, and its backend.
import { startBackend } from '../../doubles/backend/server.mjs';
import { har, importInApp, makeContext, makeDevice } from './app.mjs';

export const retry = { attempts: 4, firstDelay: 1, maxDelay: 4 };
/** What the app remembers of its registration. */
export const stored = (device) => JSON.parse(device.preferences.get('pushseal')?.registration || '{}');

/** A process with the HAR, which is not started, and a backend. */
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
  const { module } = await importInApp(device, har);
  device.process.foreground = true;
  const { PushSeal } = module;
  const config = { baseUrl: backend.baseUrl, region: 'cn', retry, consent: () => true, onMessage: async () => {} };
  const ability = { context: makeContext(device) };
  // Options that are functions for the app are plain values for the tests.
  const options = ({ user, profileId, ...changes }) => ({
    ...config, ...changes, ...(user === undefined ? {} : { user: () => user }), ...(profileId === undefined ? {} : { profileId: () => profileId }),
  });
  const begin = (changes = {}) => PushSeal.start(ability, {}, options(changes));
  return { pushseal: module, PushSeal, config, begin, sync: (changes = {}) => (begin(changes), PushSeal.register()) };
}
