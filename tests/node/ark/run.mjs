// Runs the suite on OpenHarmony's own engine:  node run.mjs LIBRARY
//
// ARK_HOST_BUNDLE_DIR names a folder with `es2abc`, `ark_js_napi_cli` and the engine's libraries. LIBRARY is the bridge built
// for this machine with the feature `arkvm-test`.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CLOSING, arkScript } from './script.mjs';

const LONGEST_RUN_MS = 180_000;
const bundle = path.resolve(process.env.ARK_HOST_BUNDLE_DIR);
const folder = path.join(import.meta.dirname, '../../../target/ark/run');

function compile(library) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, 'module'), { recursive: true });
  copyFileSync(library, path.join(folder, 'module/libpushseal_native.so'));
  writeFileSync(path.join(folder, 'suite.ts'), arkScript());
  const flags = ['--merge-abc', '--extension=ts', '--module', '--output', 'suite.abc', 'suite.ts'];
  const done = spawnSync(path.join(bundle, 'es2abc'), flags, { cwd: folder, env: environment(), encoding: 'utf8' });
  if (done.error) throw new Error(`es2abc cannot be started: ${done.error.message}`);
  if (done.status !== 0) throw new Error(`es2abc ended with ${done.status}:\n${done.stdout}${done.stderr}`);
}

const environment = () => ({ ...process.env, LD_LIBRARY_PATH: `${bundle}:${path.join(folder, 'module')}` });

/** Runs the engine until the closing line, its end, or the time limit: its event loop may go on after the script. */
function execute(flags) {
  return new Promise((resolve, reject) => {
    const engine = spawn(path.join(bundle, 'ark_js_napi_cli'), [...flags, '--entry-point', 'suite', 'suite.abc'], { cwd: folder, env: environment() });
    let said = '';
    const timer = setTimeout(() => engine.kill('SIGKILL'), LONGEST_RUN_MS);
    const hear = (chunk) => {
      said += chunk;
      if (CLOSING.test(said)) engine.kill('SIGKILL');
    };
    engine.stdout.on('data', hear);
    engine.stderr.on('data', hear);
    engine.once('error', reject);
    engine.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ said, ended: signal ?? code });
    });
  });
}

compile(process.argv[2]);
// The first flag offers a forced collection; an engine that does not know it gets none.
let result = await execute(['--open-ark-tools=true']);
if (!CLOSING.test(result.said) && !/not ok:/.test(result.said)) {
  console.log(`the engine ended with ${result.ended} under --open-ark-tools=true, trying without:\n${result.said}`);
  result = await execute([]);
}
console.log(result.said);
if (!CLOSING.test(result.said)) {
  console.log(`the engine ended with ${result.ended} before the suite did`);
  process.exitCode = 1;
} else if (!/^[1-9]\d* passed, 0 failed$/m.test(result.said)) {
  process.exitCode = 1;
}
