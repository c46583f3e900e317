import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import JSON5 from 'json5';
import { OhosPluginId, harNode } from '../../doubles/hvigor/hvigor.mjs';
import { load } from './load.mjs';

const root = path.join(import.meta.dirname, '..', '..', '..');
const LIBRARY = 'libpushseal_native.so';
const BOTH = ['arm64-v8a', 'x86_64'];
const WINDOWS = process.platform === 'win32' && 'the double of cargo is a script';

// Records how it was called, and writes the libraries it was asked for, as `cargo xtask so` does.
const CARGO = `#!${process.execPath}
const fs = require('fs');
fs.writeFileSync('called.json', JSON.stringify({ words: process.argv.slice(2), folder: process.cwd(), path: process.env.PATH }));
console.log('building');
if (fs.existsSync('fail')) {
  console.error('error[E0425]: the reason');
  process.exit(101);
}
process.argv.filter((_, index, all) => all[index - 1] === '--abi' && !fs.existsSync('build nothing')).forEach((abi) => {
  fs.mkdirSync('target/ohos/' + abi, { recursive: true });
  fs.writeFileSync('target/ohos/' + abi + '/${LIBRARY}', 'built for ' + abi);
});
`;

/** A copy of the repository's build files in a folder with a space, an environment without cargo, and hvigor's nodes. */
function project(t, { mode = 'release', profile = {}, cargo = true } = {}) {
  const base = mkdtempSync(path.join(tmpdir(), 'pushseal hvigor '));
  const repository = path.join(base, 'a clone');
  for (const file of ['arkts/scripts', 'arkts/hvigorfile.ts']) cpSync(path.join(root, file), path.join(repository, file), { recursive: true });
  const before = { ...process.env };
  for (const name of Object.keys(before)) delete process.env[name];
  const home = path.join(base, 'home of a user');
  Object.assign(process.env, { HOME: home, USERPROFILE: home, PATH: path.join(base, 'bin') });
  t.after(() => {
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, before);
    rmSync(base, { recursive: true });
  });
  t.mock.method(console, 'log', () => {});
  if (cargo) addCargo(path.join(home, '.cargo/bin'));
  const har = path.join(repository, 'arkts');
  const node = harNode(har, mode, profile);
  const hvigorfile = load(path.join(har, 'hvigorfile.ts')).default;
  return {
    base,
    repository,
    libs: path.join(har, 'libs'),
    node,
    hvigorfile,
    called: () => JSON.parse(readFileSync(path.join(repository, 'called.json'), 'utf8')),
    build: () => {
      node.configure(hvigorfile);
      return node.runBefore('default@ProcessLibs');
    },
  };
}

function addCargo(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'cargo'), CARGO);
  chmodSync(path.join(folder, 'cargo'), 0o755);
  return path.join(folder, 'cargo');
}

function put(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const filters = (...abiFilters) => ({ buildOption: { externalNativeOptions: { abiFilters } } });
const message = (promise) => promise.then(() => assert.fail('it succeeded'), (error) => error.message);

test('one task is registered, with an array of later tasks', (t) => {
  const { node, hvigorfile } = project(t);
  node.configure(hvigorfile);
  assert.deepEqual([...node.tasks.keys()], ['CargoBuild']);
  assert.deepEqual(node.tasks.get('CargoBuild').postDependencies, ['default@ProcessLibs']);
  assert.equal(hvigorfile.plugins.length, 1);
  assert.throws(() => node.configure(hvigorfile), /registered already/);
});

test('a sync does nothing: no call of cargo, no file, no question to a context', (t) => {
  const { node, hvigorfile, repository } = project(t);
  const files = readdirSync(repository, { recursive: true });
  const asked = t.mock.method(node, 'getContext');
  node.configure(hvigorfile);
  assert.deepEqual(readdirSync(repository, { recursive: true }), files);
  assert.equal(asked.mock.callCount(), 0);
});

test('a sync does not need cargo', (t) => {
  const { node, hvigorfile } = project(t, { cargo: false });
  node.configure(hvigorfile);
});

for (const [mode, flags] of [['debug', ['--debug']], ['release', []], ['a mode of the project', []]]) {
  test(`${mode}: cargo's flags`, { skip: WINDOWS }, async (t) => {
    const { build, called, repository } = project(t, { mode });
    await build();
    assert.deepEqual(called().words, ['xtask', 'so', '--abi', 'arm64-v8a', '--abi', 'x86_64', ...flags]);
    assert.equal(called().folder, repository);
  });
}

test('the libraries are where ProcessLibs looks', { skip: WINDOWS }, async (t) => {
  const { build, libs } = project(t);
  await build();
  for (const abi of BOTH) assert.equal(readFileSync(path.join(libs, abi, LIBRARY), 'utf8'), `built for ${abi}`);
  assert.deepEqual(readdirSync(libs), BOTH);
});

test('only what abiFilters names is built, once', { skip: WINDOWS }, async (t) => {
  const { build, called, libs } = project(t, { profile: filters('x86_64', 'x86_64') });
  await build();
  assert.deepEqual(called().words, ['xtask', 'so', '--abi', 'x86_64']);
  assert.deepEqual(readdirSync(libs), ['x86_64']);
});

for (const [abis, expected] of [
  [['arm64-v8a', 'armeabi-v7a'], /no library for armeabi-v7a: remove it from abiFilters in .*arkts.build-profile\.json5/],
  [['mips'], /no library for mips: remove it/],
  [['../x86_64'], /no library for \.\.\/x86_64: remove it/],
  [[], /abiFilters in .* is empty/],
]) {
  test(`abiFilters [${abis}] is an error before anything is built`, async (t) => {
    const { build, repository, libs } = project(t, { profile: filters(...abis) });
    put(path.join(libs, 'x86_64', LIBRARY), 'older');
    assert.match(await message(build()), expected);
    assert.ok(!existsSync(path.join(repository, 'called.json')));
    assert.ok(existsSync(path.join(libs, 'x86_64', LIBRARY)));
  });
}

test('a library of an ABI that is not built any more is removed, and nothing else', { skip: WINDOWS }, async (t) => {
  const { build, libs } = project(t, { profile: filters('arm64-v8a') });
  put(path.join(libs, 'x86_64', LIBRARY), 'stale');
  put(path.join(libs, 'armeabi-v7a', LIBRARY), 'stale');
  put(path.join(libs, 'armeabi-v7a', 'libother.so'), "another's");
  await build();
  assert.deepEqual(readdirSync(libs).sort(), ['arm64-v8a', 'armeabi-v7a']);
  assert.deepEqual(readdirSync(path.join(libs, 'armeabi-v7a')), ['libother.so']);
});

test('what ProcessLibs linked to is not written into', { skip: WINDOWS }, async (t) => {
  const { build, libs, base } = project(t);
  put(path.join(libs, 'x86_64', LIBRARY), 'older');
  linkSync(path.join(libs, 'x86_64', LIBRARY), path.join(base, 'linked.so'));
  await build();
  assert.equal(readFileSync(path.join(base, 'linked.so'), 'utf8'), 'older');
  assert.equal(readFileSync(path.join(libs, 'x86_64', LIBRARY), 'utf8'), 'built for x86_64');
});

test('no cargo: what to do', async (t) => {
  const { build } = project(t, { cargo: false });
  assert.match(await message(build()), /cargo was not found in CARGO_HOME, in ~\/\.cargo\/bin or in PATH: install Rust/);
});

test('CARGO that is not there is named', async (t) => {
  const { build } = project(t);
  process.env.CARGO = '/absent/cargo';
  assert.match(await message(build()), /CARGO names \/absent\/cargo, which is not there/);
});

test('cargo is found by CARGO, then CARGO_HOME, then the home folder, then PATH', { skip: WINDOWS }, async (t) => {
  const { build, node, base, called } = project(t, { cargo: false });
  const used = async () => {
    await (node.tasks.size === 0 ? build() : node.runBefore('default@ProcessLibs'));
    return path.relative(base, called().path.split(path.delimiter)[0]);
  };
  addCargo(path.join(base, 'bin'));
  assert.equal(await used(), 'bin');
  addCargo(path.join(base, 'home of a user/.cargo/bin'));
  assert.equal(await used(), 'home of a user/.cargo/bin');
  process.env.CARGO_HOME = path.join(base, 'cargo home');
  addCargo(path.join(base, 'cargo home/bin'));
  assert.equal(await used(), 'cargo home/bin');
  process.env.CARGO = addCargo(path.join(base, 'by name'));
  assert.equal(await used(), 'by name');
});

test('cargo fails: its exit code and last lines, and the older library stays', { skip: WINDOWS }, async (t) => {
  const { build, repository, libs } = project(t);
  put(path.join(repository, 'fail'), '');
  put(path.join(libs, 'x86_64', LIBRARY), 'older');
  const text = await message(build());
  assert.match(text, /"cargo xtask so --abi arm64-v8a --abi x86_64" in .*a clone failed with exit code 101/);
  assert.match(text, /error\[E0425\]: the reason/);
  assert.equal(readFileSync(path.join(libs, 'x86_64', LIBRARY), 'utf8'), 'older');
});

test('cargo cannot be started', { skip: WINDOWS }, async (t) => {
  const { build, base } = project(t, { cargo: false });
  process.env.CARGO = path.join(base, 'not a program');
  put(process.env.CARGO, 'text');
  assert.match(await message(build()), /not a program could not be started in .*EACCES/);
});

test('cargo succeeds without a library', { skip: WINDOWS }, async (t) => {
  const { build, repository } = project(t);
  put(path.join(repository, 'build nothing'), '');
  assert.match(await message(build()), /cargo succeeded, but .*arm64-v8a.* is not there: run "cargo xtask so"/);
});

test('what cargo says is shown while it works', { skip: WINDOWS }, async (t) => {
  const { build } = project(t);
  await build();
  assert.deepEqual(console.log.mock.calls.map((call) => call.arguments), [['building']]);
});

test('a repository elsewhere', { skip: WINDOWS }, async (t) => {
  const { node, base, repository, libs } = project(t);
  const { cargoBuild } = load(path.join(repository, 'arkts/scripts/cargo-build-plugin.ts'));
  const elsewhere = path.join(base, 'else where');
  mkdirSync(elsewhere);
  node.configure({ system: 'double.har', plugins: [cargoBuild(OhosPluginId, { repository: elsewhere })] });
  await node.runBefore('default@ProcessLibs');
  assert.ok(existsSync(path.join(elsewhere, 'called.json')));
  assert.ok(existsSync(path.join(libs, 'x86_64', LIBRARY)));
});

test("the plugin's ABIs are those of the module and of xtask", () => {
  const profile = JSON5.parse(readFileSync(path.join(root, 'arkts/build-profile.json5'), 'utf8'));
  const [, names] = /const fn name\(self\)[^]*?match self \{([^]*?)\}/.exec(readFileSync(path.join(root, 'xtask/src/ohos/abi.rs'), 'utf8'));
  const ofXtask = [...names.matchAll(/=> "(\S+)"/g)].map((match) => match[1]);
  assert.deepEqual(profile.buildOption.externalNativeOptions.abiFilters, BOTH);
  assert.deepEqual(ofXtask, BOTH);
});
