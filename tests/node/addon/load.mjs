// Loads the native library: the host addon, or the one that PUSHSEAL_ADDON names.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = new URL('../../../', import.meta.url);
export const addonPath = process.env.PUSHSEAL_ADDON ?? fileURLToPath(new URL('target/node/pushseal_native.node', root));

/** The exports of the library. */
export function loadAddon(path = addonPath) {
  if (!existsSync(path)) throw new Error(`${path} is missing: build it with \`cargo xtask addon\``);
  const module = { exports: {} };
  process.dlopen(module, path);
  return module.exports;
}

export const readText = (path) => readFileSync(new URL(path, root), 'utf8');
export const vectors = JSON.parse(readText('tests/vectors/open.json'));
