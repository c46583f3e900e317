// `libpushseal_native.so`: not a double but the library itself, built for this machine. PUSHSEAL_ADDON names another
// build of it. Only a call from a killed process is refused.
import { constants } from 'node:os';
import path from 'node:path';
import { currentProcess } from './device.mjs';

const file = process.env.PUSHSEAL_ADDON ?? path.resolve(import.meta.dirname, '../../../target/node/pushseal_native.node');
const app = currentProcess();
const addon = load();

// A new process has a new copy of the library, with no key in it.
if (app.alone) addon.clearKeyring();

function load() {
  const module = { exports: {} };
  try {
    process.dlopen(module, file, constants.dlopen.RTLD_NOW);
  } catch (cause) {
    throw new Error(`the native library ${file} does not load: build it with \`cargo xtask addon\``, { cause });
  }
  return module.exports;
}

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
export const openAttachment = guarded('openAttachment');
export const planTokenSync = guarded('planTokenSync');
export const diagnostics = guarded('diagnostics');

/** What the library itself exports, for comparing with the above and the typings. */
export const exportsOfTheLibrary = Object.keys(addon);
