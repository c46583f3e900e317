// The native library itself, built for this machine; PUSHSEAL_ADDON names another build of it.
import { constants } from 'node:os';
import path from 'node:path';

const file = process.env.PUSHSEAL_ADDON ?? path.resolve(import.meta.dirname, '../../../target/node/pushseal_native.node');

function load() {
  const module = { exports: {} };
  try {
    process.dlopen(module, file, constants.dlopen.RTLD_NOW);
  } catch (cause) {
    throw new Error(`the native library ${file} does not load: build it with \`cargo xtask addon\``, { cause });
  }
  return module.exports;
}

export const addon = load();
