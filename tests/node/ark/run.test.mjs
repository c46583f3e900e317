// The runner for OpenHarmony's engine, on programs that stand in for the engine, its compiler and valgrind.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const folder = mkdtempSync(path.join(tmpdir(), 'pushseal-ark-'));
const skip = process.platform === 'win32' && 'the programs that stand in are shell scripts';
let count = 0;

/** Runs the suite on an engine, and under a valgrind, that do what these lines of a shell say. */
function run(engine, valgrind) {
  const bundle = path.join(folder, String(count++));
  const program = (name, lines) => writeFileSync(path.join(bundle, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  mkdirSync(path.join(bundle, 'path'), { recursive: true });
  program('es2abc', 'exit 0');
  program('ark_js_napi_cli', engine);
  writeFileSync(path.join(bundle, 'library'), '');
  if (valgrind !== undefined) program('path/valgrind', `[ "$1" = --version ] && exit 0\n${valgrind}`);
  const runner = path.join(import.meta.dirname, 'run.mjs');
  const env = { ARK_HOST_BUNDLE_DIR: bundle, PATH: path.join(bundle, 'path') };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', runner, path.join(bundle, 'library')], { env, encoding: 'utf8' });
  return { status, said: stdout + stderr, bundle };
}

test('a suite that passes on an engine that ends well passes', { skip }, () => {
  const { status, said } = run('echo "139 passed, 0 failed"');
  assert.equal(status, 0, said);
  assert.match(said, /valgrind is not installed/);
});

test('an engine that crashes at its very end fails the run', { skip }, () => {
  const { status, said } = run('echo "139 passed, 0 failed"\nkill -SEGV $$');
  assert.equal(status, 1, said);
  assert.match(said, /SIGSEGV after the suite did/);
  assert.equal(run('echo "139 passed, 0 failed"\nexit 3').status, 1);
});

test('the engine ends by itself: the runner waits for its last steps', { skip }, () => {
  const { status, said, bundle } = run('echo "139 passed, 0 failed"\n/bin/sleep 1\necho done > "${0%/*}/ended"');
  assert.equal(status, 0, said);
  assert.ok(existsSync(path.join(bundle, 'ended')), 'the last step ran');
});

test('a failed test, or none, fails the run', { skip }, () => {
  assert.equal(run('echo "138 passed, 1 failed"').status, 1);
  assert.equal(run('echo "0 passed, 0 failed"').status, 1);
  assert.equal(run('exit 0').status, 1);
});

test('where valgrind is installed, the suite runs under it too, and what it finds fails the run', { skip }, () => {
  const engine = 'echo "$@" >> "${0%/*}/runs"\necho "139 passed, 0 failed"';
  const through = 'while [ "${1#-}" != "$1" ]; do shift; done\n"$@"';
  const good = run(engine, through);
  assert.equal(good.status, 0, good.said);
  assert.equal(readFileSync(path.join(good.bundle, 'runs'), 'utf8').trim().split('\n').length, 2, 'alone and under valgrind');
  const bad = run(engine, `${through}\nexit 99`);
  assert.equal(bad.status, 1, bad.said);
  assert.match(bad.said, /the engine ended with 99 after the suite did/);
});

test('an engine that does not know the flag for collections runs without it', { skip }, () => {
  const complaint = `[ "$1" = --open-ark-tools=true ] && echo ' Invalid option "--open-ark-tools=true"' >&2 && exit 1`;
  const { status, said } = run(`${complaint}\necho "139 passed, 0 failed"`);
  assert.equal(status, 0, said);
});

test('an engine that crashes once fails the run: it is not run a second time', { skip }, () => {
  for (const end of ['kill -SEGV $$', 'exit 1', 'echo "ok: the first"; kill -ABRT $$']) {
    const crashOnce = `echo run >> "\${0%/*}/runs"\n[ -e "\${0%/*}/crashed" ] || { : > "\${0%/*}/crashed"; ${end}; }`;
    const { status, said, bundle } = run(`${crashOnce}\necho "139 passed, 0 failed"`);
    assert.equal(status, 1, said);
    assert.match(said, /before the suite did/);
    assert.equal(readFileSync(path.join(bundle, 'runs'), 'utf8'), 'run\n');
  }
});

after(() => rmSync(folder, { recursive: true }));
