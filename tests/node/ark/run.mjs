// Runs the suite on OpenHarmony's own engine:  node run.mjs LIBRARY
//
// ARK_HOST_BUNDLE_DIR names a folder with `es2abc`, `ark_js_napi_cli` and the engine's libraries. LIBRARY is the bridge built
// for this machine with the feature `arkvm-test`. Where valgrind is installed, the suite runs a second time under it.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CLOSING, arkScript } from './script.mjs';

const LONGEST_RUN_MS = 180_000;
const LONGEST_RUN_UNDER_VALGRIND_MS = 900_000;
// The engine's collector reads memory that nobody wrote; a read or write of what is not the program's is always wrong.
const VALGRIND = ['valgrind', '--quiet', '--error-exitcode=99', '--leak-check=no', '--undef-value-errors=no'];

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

/** Runs the engine until it ends by itself, or until the time limit. A crash at its very end is one too. */
function execute(flags, watcher = [], longest = LONGEST_RUN_MS) {
  const [program, ...rest] = [...watcher, path.join(bundle, 'ark_js_napi_cli'), ...flags, '--entry-point', 'suite', 'suite.abc'];
  return new Promise((resolve, reject) => {
    const engine = spawn(program, rest, { cwd: folder, env: environment() });
    let said = '';
    const timer = setTimeout(() => engine.kill('SIGKILL'), longest);
    const hear = (chunk) => { said += chunk; };
    engine.stdout.on('data', hear);
    engine.stderr.on('data', hear);
    engine.once('error', reject);
    engine.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ said, ended: signal ?? code });
    });
  });
}

/** Shows a run and whether it was right: the suite ran to its last line, no test failed, and the engine ended well. */
function judge({ said, ended }) {
  console.log(said);
  if (!CLOSING.test(said)) console.log(`the engine ended with ${ended} before the suite did`);
  else if (ended !== 0) console.log(`the engine ended with ${ended} after the suite did`);
  if (ended !== 0 || !/^[1-9]\d* passed, 0 failed$/m.test(said)) process.exitCode = 1;
}

compile(process.argv[2]);
// This flag offers a forced collection; an engine that does not know it gets none. What such an engine writes: `SetDefaultValue` in
// arkcompiler_ets_runtime, ecmascript/js_runtime_options.cpp. Any other end is the run's own.
const UNKNOWN_FLAG = /Invalid option "--open-ark-tools/;
let flags = ['--open-ark-tools=true'];
let result = await execute(flags);
if (!CLOSING.test(result.said) && UNKNOWN_FLAG.test(result.said)) {
  console.log(`the engine does not know ${flags[0]}, running without:\n${result.said}`);
  flags = [];
  result = await execute(flags);
}
judge(result);
if (spawnSync('valgrind', ['--version']).status === 0) {
  console.log('under valgrind:');
  judge(await execute(flags, VALGRIND, LONGEST_RUN_UNDER_VALGRIND_MS));
} else {
  console.log('valgrind is not installed: what the library does to memory was not watched');
}
