// The suite of every engine as one script for OpenHarmony's: `requireNapiPreview` and `print` are all it has.
import { readFileSync } from 'node:fs';

const read = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** The line that the script prints last. */
export const CLOSING = /^\d+ passed, \d+ failed$/m;

const DRIVER = `
const tools = globalThis.ArkTools;
function collect() {
  if (tools !== undefined && tools.forceFullGC !== undefined) tools.forceFullGC();
  else if (tools !== undefined && tools.GC !== undefined) tools.GC.waitForFinishGC(tools.GC.startGC('full'));
  else for (let i = 0; i < 200; i++) new Array(100000).fill(i);
}
const native = requireNapiPreview('pushseal_native', true);
let passed = 0;
let failed = 0;
for (const test of pushsealSuite(native, JSON.parse(VECTORS), { collect: collect })) {
  try {
    test.run();
    passed += 1;
  } catch (error) {
    failed += 1;
    print('not ok: ' + test.name + ': ' + error.message);
  }
}
print(passed + ' passed, ' + failed + ' failed');
`;

/** Characters beyond ASCII as escapes, which stand in strings and comments only: no tool on the way can read them otherwise. */
const ascii = (text) => text.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The suite's modules, those first that others import. As one text they need no imports, and nothing but plain ECMAScript. */
const MODULES = ['tools', 'opening', 'keys', 'arguments', 'others', 'suite'];

/** The script's text. */
export function arkScript() {
  const vectors = `const VECTORS = ${JSON.stringify(JSON.stringify(JSON.parse(read('tests/vectors/open.json'))))};`;
  const suite = MODULES.map((name) => read(`tests/node/engine/${name}.mjs`).replace(/^import .*\n/gm, ''));
  return ascii([...suite, vectors, DRIVER].join('\n'));
}
