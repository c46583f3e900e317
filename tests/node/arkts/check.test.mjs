import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { check, moduleFolders } from './check.mjs';
import { apiUses } from './checker/api-use.mjs';
import { blockedImports } from './checker/extension.mjs';
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

// Each line with `newer` uses what a system of API 12 does not have, and is found; the others are behind a check.
const versions = `
import { UIAbility } from '@kit.AbilityKit';
import { deviceInfo } from '@kit.BasicServicesKit';
import { pushService } from '@kit.PushKit';
const SINCE: number = 18;
const wearable: boolean = deviceInfo.deviceType === 'wearable';
export function bare(ability: UIAbility): void {
  pushService.on('tokenUpdate', ability, () => {}); // newer
}
export function mentioned(ability: UIAbility): void {
  console.info(\`\${deviceInfo.sdkApiVersion}\`);
  pushService.on('tokenUpdate', ability, () => {}); // newer
}
export function tooLow(ability: UIAbility): void {
  if (deviceInfo.sdkApiVersion >= 17) {
    pushService.on('tokenUpdate', ability, () => {}); // newer
  }
}
export function otherBranch(ability: UIAbility): void {
  if (deviceInfo.sdkApiVersion >= SINCE) {
    console.info('new');
  } else {
    pushService.on('tokenUpdate', ability, () => {}); // newer
  }
}
export function afterwards(ability: UIAbility): void {
  if (deviceInfo.sdkApiVersion < SINCE) {
    console.info('old');
  }
  pushService.on('tokenUpdate', ability, () => {}); // newer
}
export function oneOfTwo(ability: UIAbility): void {
  if (deviceInfo.sdkApiVersion >= (wearable ? 17 : 23)) {
    pushService.on('tokenUpdate', ability, () => {}); // newer
  }
}
export function checked(ability: UIAbility): void {
  if (wearable && deviceInfo.sdkApiVersion >= SINCE) {
    pushService.on('tokenUpdate', ability, () => {});
  }
}
export function returned(ability: UIAbility): void {
  if (wearable || deviceInfo.sdkApiVersion < (wearable ? 18 : 23)) {
    return;
  }
  try {
    pushService.on('tokenUpdate', ability, () => {});
  } catch (error) {
    console.info('refused');
  }
}
`;

test('a call that is newer than compatibleSdkVersion is found unless a version check stands around it', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pushseal-versions-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'Versions.ets');
  writeFileSync(file, versions);
  const found = apiUses([file]).filter(({ since, guarded }) => since > 12 && since < Infinity && !guarded);
  const expected = versions.split('\n').flatMap((line, i) => (line.includes('// newer') ? [i + 1] : []));
  assert.deepEqual(found.map(({ line }) => line), expected);
  assert.deepEqual([...new Set(found.map(({ name, since }) => `${name} ${since}`))], ['on 18']);
});

test('every file of the HAR has less than 300 lines', () => {
  const long = etsFiles(path.join(root, 'arkts')).filter((file) => readFileSync(file, 'utf8').split('\n').length >= 300);
  assert.deepEqual(long, []);
});

test('the entry of the extension is there beside Index.ets and imports nothing that the extension may not load', () => {
  const entry = path.join(root, 'arkts/Extension.ets');
  assert.deepEqual(blockedImports(entry), []);
  assert.ok(blockedImports(path.join(root, 'arkts/Index.ets')).some((problem) => problem.includes('@ohos.notificationManager')), 'Index.ets does');
});

test('every module on the block list of the extension is found, however it is imported', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pushseal-extension-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const imports = {
    "import { notificationManager } from '@kit.NotificationKit';": 1,
    "import { window as w } from '@kit.ArkUI';": 1,
    "import { promptAction, router } from '@kit.ArkUI';": 1,
    "import { voipCall } from '@kit.CallServiceKit';": 1,
    "import { liveViewManager } from '@kit.LiveViewKit';": 1,
    "import notificationManager from '@ohos.notificationManager';": 1,
    "import * as ui from '@kit.ArkUI';": 1,
    "export const late = () => import('@ohos.notificationManager');": 1,
    "export const late = async () => (await import('@kit.ArkUI')).window;": 1,
    "export const late = () => import(`@ohos.window`);": 1,
    "export const late = () => import('./Deeper');": 1,
    "export const late = (name: string) => import(name);": 1,
    "import { anything } from '@kit.AbsentKit';": 1,
    "export const late = () => import('@ohos.net.http');": 0,
    "import { router } from '@kit.ArkUI';": 0,
    "import { http } from '@kit.NetworkKit';": 0,
  };
  for (const [line, wanted] of Object.entries(imports)) {
    writeFileSync(path.join(folder, 'Deep.ets'), line);
    writeFileSync(path.join(folder, 'Deeper.ets'), "import { window } from '@kit.ArkUI';");
    writeFileSync(path.join(folder, 'Entry.ets'), "export { x } from './Deep';");
    const found = blockedImports(path.join(folder, 'Entry.ets'));
    assert.equal(found.length > 0, wanted === 1, `${line} ${found}`);
  }
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
    ['entry/src/main/resources/zh_CN/element/string.json', 'copy_device_id', 'copied_device_id', /copied_device_id is not both/],
    ['entry/src/main/ets/components/MessageList.ets', "'app.string.messages'", "'app.string.mesages'", /app\.string\.mesages/],
    ['arkts/src/main/module.json5', 'ohos.permission.INTERNET', 'ohos.permission.CAMERA', /uses ohos.permission.INTERNET without/],
    ['arkts/src/main/module.json5', 'ohos.permission.INTERNET', 'ohos.permission.CAMERA', /declares ohos.permission.CAMERA and does not/],
    ['arkts/oh-package.json5', 'file:./types/libpushseal_native', 'file:./types/absent', /types\/absent has no/],
    ['build-profile.json5', '5.0.0(12)', '4.1.0(11)', /insertSync exists from API 12/],
    ['entry/src/main/module.json5', 'datashareproxy://com.example.pushseal/', 'datashareproxy://com.example.other/', /uri is datashareproxy:\/\/com\.example\.pushseal\/PushMessage by AppScope/],
    ['entry/src/main/resources/base/profile/PushMessage.json', 'pushseal/t_push_message', 'pushseal.db/t_push_message', /PushMessage\.json: path is pushseal\/t_push_message/],
    ['entry/src/main/ets/notificationability/NotificationAbility.ets', "from 'pushseal/Extension'", "from 'pushseal'", /Notifications\.ets imports @ohos\.notificationManager, which is on the block list/],
    ['arkts/src/main/ets/client/TokenWatch.ets', 'TOLD_ON_WEARABLES_SINCE: number = 18', 'TOLD_ON_WEARABLES_SINCE: number = 17', /TokenWatch\.ets:\d+: on exists from API 18/],
    ['arkts/src/main/ets/message/DeliveryPath.ets', '/** The way', "import { PushMessage } from './PushMessage';\nexport type Cyclic = PushMessage;\n/** The way", /DeliveryPath\.ets imports \S*PushMessage\.ets/],
  ];
  for (const [file, from, to] of mistakes) {
    const text = readFileSync(path.join(copy, file), 'utf8');
    assert.ok(text.includes(from) || text.includes(to), `${file} has ${from}`);
    writeFileSync(path.join(copy, file), text.replace(from, to));
  }
  const problems = checkProject(copy).join('\n');
  for (const [, , , expected] of mistakes) assert.match(problems, expected);
});
