// The contexts of Ability Kit: which directories a context has, and the application's own context behind it.
const STORAGE = '/data/storage/el2';

/** A directory of the module `module`, or of the application when it is undefined. */
export function directory(kind, module) {
  if (kind === 'database') return `${STORAGE}/database${module === undefined ? '' : `/${module}`}`;
  return `${STORAGE}/base${module === undefined ? '' : `/haps/${module}`}/${kind}`;
}

/** The context of an ability or extension of `module`. */
export function contextOf(device, module, abilityName, resourceManager) {
  return {
    ...common(device, module, resourceManager),
    abilityInfo: { bundleName: device.bundleName, moduleName: module, name: abilityName },
    getApplicationContext: () => device.process.applicationContext,
  };
}

/** One for each process. Its callbacks are called by `AppProcess.setForeground`. */
export class ApplicationContext {
  #listeners = [];

  constructor(device) {
    Object.assign(this, common(device, undefined, undefined));
  }

  getApplicationContext() {
    return this;
  }

  on(type, callback) {
    if (type === 'applicationStateChange') this.#listeners.push(callback);
  }

  off(type, callback) {
    this.#listeners = this.#listeners.filter((other) => callback !== undefined && other !== callback);
  }

  stateChanged(foreground) {
    for (const listener of [...this.#listeners]) (foreground ? listener.onApplicationForeground : listener.onApplicationBackground)();
  }
}

function common(device, module, resourceManager) {
  return {
    applicationInfo: { name: device.bundleName },
    databaseDir: directory('database', module),
    preferencesDir: directory('preferences', module),
    filesDir: directory('files', module),
    resourceManager,
  };
}
