import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { check, moduleFolders } from './check.mjs';
import { checkProject } from './checker/project.mjs';
import { etsFiles } from './files.mjs';

const negative = path.join(import.meta.dirname, 'negative');
const root = path.join(import.meta.dirname, '..', '..', '..');

test('every negative sample is rejected with the rule it breaks', () => {
  const samples = etsFiles(negative);
  const problems = check([negative]);
  for (const file of samples) {
    const expected = /^\/\/ rejected by: (\S+)/.exec(readFileSync(file, 'utf8'))?.[1];
    const found = problems.filter((problem) => problem.file === file).map((problem) => problem.rule);
    assert.ok(found.includes(expected), `${path.basename(file)}: expected ${expected}, found [${found}]`);
  }
  assert.equal(samples.length, 27);
});

test('the HAR and the example app have no problem', () => {
  const folders = moduleFolders(root);
  assert.deepEqual(folders.map((folder) => path.basename(folder)).sort(), ['arkts', 'entry']);
  assert.deepEqual(check(folders), []);
  assert.deepEqual(checkProject(root), []);
});

test('every mistake in a project file is found', (t) => {
  const copy = mkdtempSync(path.join(tmpdir(), 'pushseal-project-'));
  t.after(() => rmSync(copy, { recursive: true }));
  for (const name of ['AppScope', 'arkts', 'entry', 'build-profile.json5', 'oh-package.json5']) {
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  const mistakes = [
    ['entry/src/main/module.json5', './ets/entryability/EntryAbility.ets', './ets/Absent.ets', /srcEntry .*Absent/],
    ['entry/src/main/module.json5', "label: '$string:ability_label'", "label: '$string:absent'", /\$string:absent is not there/],
    ['entry/src/main/module.json5', "launchType: 'singleton'", "launchType: 'multiton'", /launchType is singleton/],
    ['entry/src/main/module.json5', "type: 'entry'", "type: 'entrance'", /"entrance"' is not assignable/],
    ['entry/src/main/module.json5', "{ actions: ['action.ohos.push.listener'] }", "{ entities: ['e'], actions: ['action.ohos.push.listener'] }", /a skill of its own/],
    ['entry/src/main/resources/base/profile/main_pages.json', 'pages/Index', 'pages/Absent', /page pages\/Absent/],
    ['entry/src/main/resources/zh_CN/element/string.json', 'copy_token', 'copied_token', /copied_token is not both/],
    ['entry/src/main/ets/pages/Index.ets', "'app.string.messages'", "'app.string.mesages'", /app\.string\.mesages/],
    ['arkts/src/main/module.json5', 'ohos.permission.INTERNET', 'ohos.permission.CAMERA', /uses ohos.permission.INTERNET without/],
    ['arkts/src/main/module.json5', 'ohos.permission.INTERNET', 'ohos.permission.CAMERA', /declares ohos.permission.CAMERA and does not/],
    ['arkts/oh-package.json5', 'file:./types/libpushseal_native', 'file:./types/absent', /types\/absent has no/],
    ['build-profile.json5', '5.0.0(12)', '4.1.0(11)', /insertSync exists from API 12/],
  ];
  for (const [file, from, to] of mistakes) {
    const text = readFileSync(path.join(copy, file), 'utf8');
    assert.ok(text.includes(from) || text.includes(to), `${file} has ${from}`);
    writeFileSync(path.join(copy, file), text.replace(from, to));
  }
  const problems = checkProject(copy).join('\n');
  for (const [, , , expected] of mistakes) assert.match(problems, expected);
});
