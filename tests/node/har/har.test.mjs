// The packed HAR, PUSHSEAL_HAR, as an app has it after installing it.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import test, { after } from 'node:test';
import JSON5 from 'json5';
import { check } from '../arkts/check.mjs';
import { openProgram } from '../arkts/checker/program.mjs';
import { etsFiles } from '../arkts/files.mjs';
import { seal } from '../arkts/sealing.mjs';
import { projectWith, readHar } from './project.mjs';

const root = path.join(import.meta.dirname, '..', '..', '..');
const har = process.env.PUSHSEAL_HAR;
assert.ok(har, 'PUSHSEAL_HAR names the .har file: build it with `cargo xtask har`');

const { project, entry, folder } = projectWith(har);
after(() => rmSync(project, { recursive: true }));
// Read when app.mjs is loaded.
process.env.PUSHSEAL_PROJECT = project;
const { registered } = await import('../arkts/registered.mjs');

// ELF's e_machine.
const MACHINES = { 'arm64-v8a': 183, x86_64: 62 };

test('the HAR has what a package needs, sorted, and is small enough', () => {
  const names = [...readHar(har).keys()];
  assert.deepEqual(names, names.toSorted());
  for (const name of ['oh-package.json5', 'Index.ets', 'Extension.ets', 'src/main/module.json5', 'LICENSE', 'README.md', 'CHANGELOG.md', 'THIRD-PARTY.md', 'obfuscation.txt']) {
    assert.ok(names.includes(`package/${name}`), name);
  }
  assert.ok(names.every((name) => name.startsWith('package/')));
  assert.ok(statSync(har).size <= 1_000_000);
});

test('every link of its README leads to a file of the package, or to the net', () => {
  const files = readHar(har);
  const links = (text) => [...text.matchAll(/\]\(([^)#]+)/g)].map(([, target]) => target);
  assert.deepEqual(links('[a](../docs/a.md) [b](https://b.example/#c)'), ['../docs/a.md', 'https://b.example/']);
  for (const target of links(files.get('package/README.md').toString())) {
    assert.ok(/^https:/.test(target) || files.has(path.posix.join('package', target)), target);
  }
});

test('it names itself, its entry and its native library', () => {
  const manifest = JSON5.parse(readFileSync(path.join(folder, 'oh-package.json5'), 'utf8'));
  assert.deepEqual([manifest.name, manifest.main], ['pushseal', 'Index.ets']);
  const typings = path.resolve(folder, manifest.dependencies['libpushseal_native.so'].slice('file:'.length));
  const { name, types } = JSON5.parse(readFileSync(path.join(typings, 'oh-package.json5'), 'utf8'));
  assert.deepEqual([name, types], ['libpushseal_native.so', './index.d.ts']);
});

test('the libraries inside are those that were built for the device and passed the gate', () => {
  const files = readHar(har);
  const packed = [...files.keys()].filter((name) => name.endsWith('.so'));
  assert.deepEqual(packed, Object.keys(MACHINES).map((abi) => `package/libs/${abi}/libpushseal_native.so`));
  for (const [abi, machine] of Object.entries(MACHINES)) {
    const library = files.get(`package/libs/${abi}/libpushseal_native.so`);
    assert.equal(library.toString('latin1', 0, 4), '\x7fELF');
    assert.equal(library.readUInt16LE(18), machine, abi);
    assert.ok(library.equals(readFileSync(path.join(root, 'target/ohos', abi, 'libpushseal_native.so'))), `${abi} as built`);
  }
});

test('THIRD-PARTY.md lists the crates by the versions that were built, and no folder of this machine', () => {
  const text = readHar(har).get('package/THIRD-PARTY.md').toString();
  const lock = readFileSync(path.join(root, 'Cargo.lock'), 'utf8');
  const crates = [...text.matchAll(/^- (\S+) (\d\S*): \S.*$/gm)];
  for (const [, name, version] of crates) assert.ok(lock.includes(`name = "${name}"\nversion = "${version}"\n`), `${name} ${version}`);
  const names = crates.map(([, name]) => name);
  for (const name of ['aes-gcm', 'napi-ohos', 'ohos-hilog-binding', 'graviola']) assert.ok(names.includes(name), name);
  for (const name of ['pushseal', 'napi', 'proptest', 'tokio']) assert.ok(!names.includes(name), name);
  assert.ok(!text.includes(root));
});

test('the rules of obfuscation in it keep names and do nothing else to the app', () => {
  const rules = readHar(har).get('package/obfuscation.txt').toString();
  assert.equal(rules, readFileSync(path.join(root, 'arkts/consumer-rules.txt'), 'utf8'));
  assert.deepEqual(rules.match(/^-\S+/gm), ['-keep-global-name', '-keep-property-name']);
  const profile = JSON5.parse(readFileSync(path.join(root, 'arkts/build-profile.json5'), 'utf8'));
  assert.deepEqual(profile.buildOptionSet.map(({ arkOptions }) => arkOptions.obfuscation.consumerFiles), [['./consumer-rules.txt']]);
});

test('each crate in the HAR has the text of a licence there', () => {
  const files = readHar(har);
  const text = files.get('package/THIRD-PARTY.md').toString();
  assert.match(files.get('package/LICENSE').toString(), /Apache License/);
  const titles = new Set([...text.matchAll(/^## [^:]+: (.+)$/gm)].flatMap(([, list]) => list.split(', ')));
  const crates = [...text.matchAll(/^- (\S+) (\d\S*): (\S.*)$/gm)];
  assert.ok(crates.length > 30);
  for (const [, name, version, licence] of crates) assert.ok(titles.has(`${name} ${version}`) || licence.includes('Apache-2.0'), `${name}: ${licence}`);
  // These name the licence and carry no text, so they get its standard text.
  const standIns = text.split(/^## /m).filter((section) => section.includes('<copyright holders>'));
  assert.deepEqual(standIns.map((section) => section.split('\n')[0].replaceAll(/ [\d.]+/g, '')),
    ['MIT License: napi-derive-backend-ohos, napi-derive-ohos, napi-ohos, napi-sys-ohos']);
});

test('an app that installs it has no problem and sees the packed files only', () => {
  assert.deepEqual(check([entry, folder]), []);
  const sources = openProgram(etsFiles(entry)).getSourceFiles().map((source) => source.fileName);
  for (const name of ['Index.ets', 'Extension.ets']) assert.ok(sources.includes(path.join(folder, name)), name);
  assert.ok(sources.includes(path.join(folder, 'types/libpushseal_native/index.d.ts')));
  assert.deepEqual(sources.filter((file) => file.startsWith(path.join(root, 'arkts') + path.sep)), []);
});

test('the app runs on it: a message sealed by jose reaches the handler', async (t) => {
  const { device, app, key } = await registered(t);
  device.pushKit.send(device, 'BACKGROUND', await seal(key, { text: '装好了' }, { jti: 'installed', aud: device.bundleName }));
  await app.until((model) => model.messages.length === 1);
  const [message] = app.model.messages;
  assert.deepEqual([message.id, message.sealed, JSON.parse(message.text)], ['installed', true, { text: '装好了' }]);
});

test('a file that the HAR lacks is missing in the app: nothing comes from elsewhere', (t) => {
  const broken = projectWith(har);
  t.after(() => rmSync(broken.project, { recursive: true }));
  rmSync(path.join(broken.folder, 'src/main/ets/PushSeal.ets'));
  const problems = check([broken.entry, broken.folder]);
  assert.ok(problems.some(({ file, rule }) => file === path.join(broken.folder, 'Index.ets') && rule === 'TS2307'), JSON.stringify(problems));
});
