// Preferences ("@ohos.data.preferences"): a file per name, cached in the process; what was put is in the file after `flush`
// only. Unreadable before the first unlock, as all of the app's encrypted storage.
import { KitError, currentProcess } from './device.mjs';

const app = currentProcess();
const { device } = app;
const cached = new Map();

class Preferences {
  constructor(name) {
    this.name = name;
    this.values = structuredClone(device.preferences.get(name) ?? {});
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
    device.preferences.set(this.name, structuredClone(this.values));
  }
}

export const preferences = {
  async getPreferences(context, { name }) {
    await app.enterAsync('preferences.getPreferences');
    if (!device.unlocked) throw new KitError(15500000, 'inner error');
    if (!cached.has(name)) cached.set(name, new Preferences(name));
    return cached.get(name);
  },
};
