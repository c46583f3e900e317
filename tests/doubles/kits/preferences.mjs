// Preferences ("@ohos.data.preferences"): a file per name in the context's directory, cached in the process; what was put is in the file after
// `flush` only. Unreadable before the first unlock, as all of the app's encrypted storage.
import { KitError, currentProcess } from './device.mjs';

const app = currentProcess();
const { device } = app;
const cached = new Map();

class Preferences {
  constructor(path) {
    this.path = path;
    this.values = structuredClone(device.preferences.get(path) ?? {});
  }

  getSync(key, fallback) {
    app.enter('preferences.getSync');
    return this.values[key] ?? fallback;
  }

  putSync(key, value) {
    app.enter('preferences.putSync');
    this.values[key] = value;
  }

  async flush() {
    await app.enterAsync('preferences.flush');
    device.preferences.set(this.path, structuredClone(this.values));
  }
}

function open(context, { name }) {
  if (!device.unlocked) throw new KitError(15500000, 'inner error');
  const path = device.nameIn('preferences', context.preferencesDir, name);
  if (!cached.has(path)) cached.set(path, new Preferences(path));
  return cached.get(path);
}

export const preferences = {
  async getPreferences(context, options) {
    await app.enterAsync('preferences.getPreferences');
    return open(context, options);
  },

  getPreferencesSync(context, options) {
    app.enter('preferences.getPreferencesSync');
    return open(context, options);
  },
};
