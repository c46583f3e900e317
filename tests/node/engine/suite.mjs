// The suite that every engine runs: Node on the host addon and on the device's own builds, and OpenHarmony's engine.
import { argumentTests } from './arguments.mjs';
import { keyTests } from './keys.mjs';
import { openingTests } from './opening.mjs';
import { otherTests } from './others.mjs';
import { testTools } from './tools.mjs';

/**
 * `native` is the loaded library, `vectors` the content of tests/vectors/open.json, `engine` what differs: { collect(): void }
 * forces a garbage collection.
 *
 * It answers a list of { name, run }; `run` throws when the library is wrong.
 */
export function pushsealSuite(native, vectors, engine) {
  const tests = [];
  const tools = testTools(native, vectors, engine, tests);
  for (const add of [openingTests, keyTests, argumentTests, otherTests]) add(tools);
  return tests;
}
