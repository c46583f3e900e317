import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import JSON5 from 'json5';
import { ohosPlugin } from '../../doubles/hvigor/hvigor.mjs';
import { load } from './load.mjs';

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

test('hvigor and ohpm are told the same model version', () => {
  assert.equal(json5('hvigor/hvigor-config.json5').modelVersion, json5('oh-package.json5').modelVersion);
});

test('there are debug and release builds, and no signing material', () => {
  const { app } = json5('build-profile.json5');
  assert.deepEqual(app.buildModeSet.map((mode) => mode.name), ['debug', 'release']);
  assert.deepEqual(app.signingConfigs, []);
  assert.ok(app.products.every((product) => product.signingConfig === undefined));
});
