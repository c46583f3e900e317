// A bare ability that listens, and a look into its inbox.
import { har, importInApp, makeContext } from './app.mjs';
import { registered } from './registered.mjs';

/** What is in the inbox. */
export const rows = (device, condition = '1') =>
  device.databases.get('pushseal.db').select(`SELECT id, state, payload, attempts FROM pushseal_inbox WHERE ${condition} ORDER BY seq`, []).rows;
export const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A registered device whose app is then replaced by a bare ability with `handler`. */
export async function listening(t, handler, options = {}) {
  const world = await registered(t);
  return { ...world, ...(await relisten(world.device, handler, options)) };
}

/** The app anew, with this handler. */
export async function relisten(device, handler, options = {}) {
  device.process.kill();
  const { module: pushseal } = await importInApp(device, har);
  device.process.foreground = true;
  const problems = [];
  pushseal.listen({ context: makeContext(device) }, handler, { onProblem: (problem) => problems.push(problem), ...options });
  await rest(5);
  return { pushseal, problems };
}

/** Waits until the condition holds. */
export async function until(condition, timeout = 5000) {
  for (const end = performance.now() + timeout; !condition(); ) {
    if (performance.now() > end) throw new Error(`not reached: ${condition}`);
    await rest(2);
  }
}
