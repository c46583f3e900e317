// A bare ability that listens, and a look into its inbox.
import { har, importInApp, makeContext } from './app.mjs';
import { registered } from './registered.mjs';

/** The rows of the inbox. */
export const rows = (device, condition = '1') =>
  device.databases.get('pushseal.db').select(`SELECT id, state, payload, attempts FROM pushseal_inbox WHERE ${condition} ORDER BY seq`, []).rows;
export const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A registered device whose app is then replaced by a bare ability with `onMessage`. */
export async function listening(t, onMessage, options = {}) {
  const world = await registered(t);
  return { ...world, ...(await relisten(world.device, onMessage, options)) };
}

/** The app anew, with this handler. It does not register unless `options` have a consent. */
export async function relisten(device, onMessage, options = {}) {
  device.process.kill();
  const { module: pushseal } = await importInApp(device, har);
  device.process.foreground = true;
  const problems = [];
  const start = (changes = {}, want = {}) => pushseal.PushSeal.start({ context: makeContext(device) }, want, {
    baseUrl: 'http://127.0.0.1:1', region: 'cn', consent: () => false, onMessage, onProblem: (problem) => problems.push(problem), ...options, ...changes,
  });
  start();
  await rest(5);
  /** The app comes to the front once more and takes in what the system wrote. */
  const drain = async () => (start(), rest(10));
  return { pushseal, problems, start, drain };
}

/** Waits until the condition holds. */
export async function until(condition, timeout = 5000) {
  for (const end = performance.now() + timeout; !condition(); ) {
    if (performance.now() > end) throw new Error(`not reached: ${condition}`);
    await rest(2);
  }
}
