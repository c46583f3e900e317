// The project files: DevEco Studio opens the tree, builds and tests it, and leaves it as git has it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import JSON5 from 'json5';
import { ohosPlugin } from '../../doubles/hvigor/hvigor.mjs';
import { imports, load } from './load.mjs';

const root = path.join(import.meta.dirname, '..', '..', '..');
const json5 = (file) => JSON5.parse(readFileSync(path.join(root, file), 'utf8'));

test('each hvigorfile has the system plugin of its kind, and only the HAR has one of ours', () => {
  const kinds = { 'hvigorfile.ts': ohosPlugin.appTasks, 'entry/hvigorfile.ts': ohosPlugin.hapTasks, 'arkts/hvigorfile.ts': ohosPlugin.harTasks };
  for (const [file, system] of Object.entries(kinds)) {
    const hvigorfile = load(path.join(root, file)).default;
    assert.equal(hvigorfile.system, system, file);
    assert.equal(hvigorfile.plugins.length, file.startsWith('arkts') ? 1 : 0, file);
  }
});

// Huawei, "Developing an Hvigor Plugin": scripts lie in the folder `scripts` of the project or module. A module that an app takes
// as a submodule brings its plugin along, and needs no entry in the app's hvigor-config.json5.
test('the plugin is found from inside its module: its files lie there, and only the hvigorfile imports a package of hvigor', () => {
  const module = path.join(root, 'arkts');
  const files = [path.join(module, 'hvigorfile.ts')];
  for (const file of files) {
    for (const name of imports(file)) {
      if (name.startsWith('.')) {
        const imported = path.resolve(path.dirname(file), `${name}.ts`);
        assert.ok(imported.startsWith(module + path.sep), `${file} imports ${name}, which is outside of the module`);
        files.push(imported);
      } else {
        assert.ok(name === '@ohos/hvigor-ohos-plugin' ? file === files[0] : !name.startsWith('@'), `${file} imports ${name}`);
      }
    }
  }
  assert.equal(files.length, 2);
});

test('hvigor and ohpm are told the same model version', () => {
  assert.equal(json5('hvigor/hvigor-config.json5').modelVersion, json5('oh-package.json5').modelVersion);
});

test('there are debug and release builds, and no signing material', () => {
  const { app } = json5('build-profile.json5');
  assert.deepEqual(app.buildModeSet.map((mode) => mode.name), ['debug', 'release']);
  assert.deepEqual(app.signingConfigs, []);
  assert.ok(app.products.every((product) => product.signingConfig === undefined));
});

// DevEco Studio's guide to migrating projects: a HarmonyOS project has no compileSdkVersion since the SDK is part of the program,
// and DevEco Studio deletes it; targetSdkVersion is the SDK's own unless it is set. ArkUI-X's FAQ: DevEco Studio 5.1.0 has API 18.
test('the app runs from API 12 on and is made with API 18, in the fields of a HarmonyOS project', () => {
  const { products } = json5('build-profile.json5').app;
  assert.deepEqual(
    products.map(({ compatibleSdkVersion, targetSdkVersion, compileSdkVersion, runtimeOS }) => [compatibleSdkVersion, targetSdkVersion, compileSdkVersion, runtimeOS]),
    [['5.0.0(12)', '5.1.0(18)', undefined, 'HarmonyOS']],
  );
  const guide = readFileSync(path.join(root, 'docs/device.md'), 'utf8');
  assert.match(guide, /DevEco Studio 5\.1\.0/);
  assert.match(guide, /API 12/);
});

test('each module has a target for the tests that DevEco Studio runs on a device', () => {
  for (const { name, srcPath } of json5('build-profile.json5').modules) {
    const targets = json5(path.join(srcPath, 'build-profile.json5')).targets.map((target) => target.name);
    assert.deepEqual(targets, ['default', 'ohosTest'], name);
    const { module } = json5(path.join(srcPath, 'src/ohosTest/module.json5'));
    assert.deepEqual([module.name, module.type], [`${name}_test`, 'feature']);
    assert.ok(existsSync(path.join(root, srcPath, 'src/ohosTest/ets/test/List.test.ets')), `${name} has tests`);
  }
});

// OpenHarmony, "Connecting an application to data backup and restore": an extension of type `backup` names its profile by the
// metadata `ohos.extension.backup`; `allowToBackupRestore` in it says whether the system may copy the app's files.
test('keys and inbox are not cloned to another device: the backup profile forbids it', () => {
  const { extensionAbilities } = json5('entry/src/main/module.json5').module;
  const backups = extensionAbilities.filter(({ type }) => type === 'backup');
  assert.deepEqual(backups.map(({ metadata }) => metadata), [[{ name: 'ohos.extension.backup', resource: '$profile:backup_config' }]]);
  const profile = JSON.parse(readFileSync(path.join(root, 'entry/src/main/resources/base/profile/backup_config.json'), 'utf8'));
  assert.deepEqual(profile, { allowToBackupRestore: false });
});

/** Which of `files` git ignores by the repository's own `.gitignore` alone. */
function ignored(t, files) {
  const folder = mkdtempSync(path.join(tmpdir(), 'pushseal-ignored-'));
  t.after(() => rmSync(folder, { recursive: true }));
  copyFileSync(path.join(root, '.gitignore'), path.join(folder, '.gitignore'));
  const git = (args, input) => spawnSync('git', args, { cwd: folder, input, encoding: 'utf8', env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' } });
  assert.equal(git(['init', '--quiet']).status, 0, 'git is there');
  return git(['check-ignore', '--no-index', '--stdin'], files.join('\n')).stdout.split('\n').filter(Boolean);
}

// The list of DevEco Studio's project template, and the files that a sync and a build write beside the sources: ohpm's lock, and
// BuildProfile.ets of hvigor's task CreateHarBuildProfile.
test('what DevEco Studio, hvigor and ohpm write is ignored by git, and no source is', (t) => {
  const written = [
    '.idea/workspace.xml', '.hvigor/cache/a.json', '.clangd', '.clang-format', '.clang-tidy', '.appanalyzer/a.json', 'local.properties',
    'oh-package-lock.json5', 'build/a', 'oh_modules/.ohpm/a', 'entry/oh-package-lock.json5', 'entry/build/default/a.hap', 'entry/.cxx/a', 'entry/.test/a',
    'entry/.preview/a', 'entry/oh_modules/a', 'arkts/build/a.har', 'arkts/.cxx/a', 'arkts/.test/a', 'arkts/BuildProfile.ets', 'arkts/oh_modules/a',
    'arkts/libs/arm64-v8a/libpushseal_native.so',
  ];
  const sources = [
    'build-profile.json5', 'oh-package.json5', 'hvigorfile.ts', 'hvigor/hvigor-config.json5', 'arkts/scripts/cargo-build-plugin.ts', 'arkts/build-profile.json5',
    'arkts/Index.ets', 'entry/build-profile.json5', 'entry/src/ohosTest/module.json5', 'entry/src/main/resources/base/profile/backup_config.json',
  ];
  for (const file of sources) assert.ok(existsSync(path.join(root, file)), file);
  assert.deepEqual(ignored(t, [...written, ...sources]), written);
});
