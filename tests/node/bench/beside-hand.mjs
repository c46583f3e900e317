// One message opened by the library and by hand on `node:crypto`, in one process: what the test run and the demo show.
import { BY_HAND, OURS, ours } from './contenders.mjs';
import { KEY_ID, MESSAGES, messageOf, openOptions } from './messages.mjs';
import { measure, median, ratio } from './rounds.mjs';

const ROUNDS = 101;

/** `{ratio, line}`: ours over by hand, and a sentence that says both times. `name` is one of `MESSAGES`. */
export async function besideHand(native, name) {
  const keys = [{ keyId: KEY_ID, key: native.generateKey() }];
  const message = await messageOf(MESSAGES.find((kind) => kind.name === name), keys[0].key);
  const measured = await measure(ours(native, keys, message, openOptions()), ROUNDS);
  const [own, byHand] = [OURS, BY_HAND].map((who) => median(measured.find((one) => one.who === who).samples) / 1000);
  const found = ratio(measured, OURS, BY_HAND);
  const line = `${name}: openMessage ${own.toFixed(1)} µs, by hand on node:crypto ${byHand.toFixed(1)} µs: ratio ${found.toFixed(2)}`;
  return { ratio: found, line };
}
