// `libpushseal_native.so`: not a double but the library itself. Only a call from a killed process is refused.
import { addon } from './addon.mjs';
import { currentProcess } from './device.mjs';

const app = currentProcess();

// A new process has a new copy of the library, with no key in it.
if (app.alone) addon.clearKeyring();

const guarded = (name) => (...args) => {
  if (!app.alive) app.enter(name);
  const begin = performance.now();
  try {
    return addon[name](...args);
  } finally {
    app.device.onNativeCall?.(name, begin, performance.now());
  }
};

export const setKeyring = guarded('setKeyring');
export const clearKeyring = guarded('clearKeyring');
export const generateKey = guarded('generateKey');
export const openMessage = guarded('openMessage');
export const openMessages = guarded('openMessages');
export const jsonField = guarded('jsonField');
export const openAttachment = guarded('openAttachment');
export const planTokenSync = guarded('planTokenSync');
export const diagnostics = guarded('diagnostics');

/** What the library itself exports, for comparing with the above and the typings. */
export const exportsOfTheLibrary = Object.keys(addon);
