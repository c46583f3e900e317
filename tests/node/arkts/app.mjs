// Runs the example app as the system would: a process, an ability with its context, the life cycle calls. Tests and the
// demo share it.
import { existsSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import JSON5 from 'json5';
import { sharedWithPushKit } from '../../doubles/kits/data-share.mjs';
import { contextOf } from '../../doubles/kits/context.mjs';
import { Device, useDevice } from '../../doubles/kits/device.mjs';
import { PushKitInMemory, PushKitOverHttp } from '../../doubles/kits/push-kit-service.mjs';

register('./hooks.mjs', import.meta.url);

// PUSHSEAL_PROJECT names another project with the app in it.
const root = process.env.PUSHSEAL_PROJECT ?? path.join(import.meta.dirname, '..', '..', '..');
const read = (file) => JSON5.parse(readFileSync(path.join(root, file), 'utf8'));

/** The root of the HAR, for `importInApp`. */
export const har = path.join(root, 'arkts', 'Index.ets');

/** A device with the app installed and the privacy statement accepted, unless `options` say otherwise. */
export function makeDevice(options = {}) {
  const device = new Device({
    bundleName: read('AppScope/app.json5').app.bundleName,
    modules: [read('entry/src/main/module.json5').module],
    shared: sharedWithPushKit(read('entry/src/main/module.json5').module, path.join(root, 'entry/src/main')),
    ...options,
  });
  const loopback = process.env.PUSHSEAL_DOUBLE_PUSHKIT;
  device.pushKit ??= loopback ? new PushKitOverHttp(loopback) : new PushKitInMemory();
  if (options.consent !== false) device.preferences.set('consent', { privacy: true });
  return device;
}

let starts = 0;
let importing = Promise.resolve();

/** Imports an ArkTS module into a new process of the app. */
export function importInApp(device, file) {
  // Doubles find their process while they are imported: one import at a time.
  const imported = importing.then(() => importNow(device, file));
  importing = imported.catch(() => {});
  return imported;
}

async function importNow(device, file) {
  useDevice(device);
  const appProcess = device.startProcess();
  starts += 1;
  const search = `?start=${starts}`;
  const module = await import(pathToFileURL(file).href + search);
  return { module, appProcess, search };
}

/** A context as abilities have it. */
export function makeContext(device, abilityName = 'EntryAbility') {
  return contextOf(device, device.moduleName, abilityName, {
    getRawFileContentSync: (name) => new TextEncoder().encode(device.rawfile[name] ?? rawfile(name)),
    getStringByNameSync: (name) => stringResource(name),
  });
}

/** The process comes to the front or leaves it, and its listeners are told. */
export const setForeground = (appProcess, foreground) => appProcess.setForeground(foreground);

// PUSHSEAL_DOUBLE_RAWFILE names a folder whose files stand in place of the app's: another build of the app.
function rawfile(name) {
  const replaced = process.env.PUSHSEAL_DOUBLE_RAWFILE && path.join(process.env.PUSHSEAL_DOUBLE_RAWFILE, name);
  const file = replaced && existsSync(replaced) ? replaced : path.join(root, 'entry/src/main/resources/rawfile', name);
  return readFileSync(file, 'utf8');
}

function stringResource(name) {
  const { string } = read('entry/src/main/resources/base/element/string.json');
  const found = string.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`no string resource ${name}`);
  return found.value;
}

/** A running example app. */
class App {
  constructor(device, appProcess, ability, model) {
    this.device = device;
    this.process = appProcess;
    this.ability = ability;
    /** What the page would show. */
    this.model = model;
  }

  toForeground() {
    setForeground(this.process, true);
    this.shown();
  }

  /** The ability is in front. */
  shown() {
    const { pushKit, pushToken } = this.device;
    if (pushToken !== undefined) pushKit.connect(this.device, this.process, pushToken);
    this.ability.onForeground();
  }

  toBackground() {
    setForeground(this.process, false);
    this.device.pushKit.disconnect?.(this.process);
    this.ability.onBackground();
  }

  /** The user taps a notification while the app runs; `data` is its clickAction.data. */
  tap(data) {
    this.ability.onNewWant(want(this.device, data), launchParam);
  }

  kill() {
    this.process.kill();
  }

  /** Resolves when `condition(model)` holds; fails after `timeout` ms. */
  async until(condition, timeout = 5000) {
    const end = performance.now() + timeout;
    while (!condition(this.model)) {
      if (performance.now() > end) throw new Error(`not reached within ${timeout} ms: ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

const launchParam = { launchReason: 1, lastExitReason: 0 };

function want(device, data = {}) {
  return { bundleName: device.bundleName, abilityName: 'EntryAbility', parameters: { ...data } };
}

/** Starts the example app on `device`. `tapped`: the clickAction.data of the notification it is started by. */
export async function startApp(device, { foreground = true, tapped = {} } = {}) {
  await device.pushKit.writeTable?.(device);
  const { module: moduleFile } = read('entry/src/main/module.json5');
  const { srcEntry } = moduleFile.abilities.find((ability) => ability.name === moduleFile.mainElement);
  const { module, appProcess, search } = await importInApp(device, path.join(root, 'entry/src/main', srcEntry));
  const { appModel } = await import(pathToFileURL(path.join(root, 'entry/src/main/ets/model/AppModel.ets')).href + search);
  // As in ability_ability_runtime's ui_ability_lifecycle_manager.cpp: the process comes to the front before the ability is created.
  setForeground(appProcess, foreground);
  const ability = new module.default();
  ability.context = makeContext(device);
  ability.onCreate(want(device, tapped), launchParam);
  ability.onWindowStageCreate({ loadContent: (page, done) => done({ code: 0 }) });
  const app = new App(device, appProcess, ability, appModel);
  if (foreground) app.shown();
  return app;
}

/** Runs the app's notification extension, in a process of its own, for one message. */
export async function runExtension(device, data) {
  const app = device.process;
  const { extensionAbilities } = read('entry/src/main/module.json5').module;
  const { module } = await importInApp(device, path.join(root, 'entry/src/main', extensionAbilities[0].srcEntry));
  device.process = app;
  const extension = new module.default();
  extension.context = makeContext(device);
  return extension.onReceiveMessage({ id: 1, type: 'EXTENSION', data });
}
