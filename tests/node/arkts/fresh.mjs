// Starts simulated processes fast: the modules of the app and the kit doubles are compiled once, as functions, and run anew
// for each process. For runs with thousands of processes; others use the module hooks.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compileFunction } from 'node:vm';
import * as addon from '../../doubles/kits/addon.mjs';
import * as context from '../../doubles/kits/context.mjs';
import * as deviceModule from '../../doubles/kits/device.mjs';
import * as sqlite from '../../doubles/kits/sqlite.mjs';
import { resolveImport } from './checker/resolve.mjs';
import { transpileToFunction } from './transpile.mjs';

const doubles = path.join(import.meta.dirname, '..', '..', 'doubles', 'kits');
const shared = { './device.mjs': deviceModule, './context.mjs': context, './sqlite.mjs': sqlite, './addon.mjs': addon };
const compiled = new Map();

/** Starts a process on `device` and gives the exports of `file` in it; `load` gives those of another file. */
export function startFresh(device, file) {
  deviceModule.useDevice(device);
  const appProcess = device.startProcess();
  const loaded = new Map();
  const globals = load(path.join(doubles, 'globals.mjs'), loaded);
  const inProcess = (source) => load(source, loaded, globals);
  return { module: inProcess(file), load: inProcess, appProcess };
}

function load(file, loaded, globals = {}) {
  if (loaded.has(file)) return loaded.get(file);
  const exports = {};
  loaded.set(file, exports);
  const require = (specifier) => shared[specifier] ?? load(find(specifier, file), loaded, globals);
  const { setTimeout, clearTimeout, canIUse } = file.endsWith('.ets') ? globals : globalThis;
  compile(file)(exports, require, setTimeout, clearTimeout, canIUse);
  return exports;
}

function find(specifier, importer) {
  if (specifier.startsWith('@kit.')) return path.join(doubles, `${specifier}.mjs`);
  if (/^lib\w+\.so$/.test(specifier)) return path.join(doubles, 'native.mjs');
  return importer.endsWith('.ets') ? resolveImport(specifier, importer) : path.resolve(path.dirname(importer), specifier);
}

function compile(file) {
  if (!compiled.has(file)) {
    const body = transpileToFunction(file, readFileSync(file, 'utf8'));
    const parameters = ['exports', 'require', 'setTimeout', 'clearTimeout', 'canIUse'];
    // A name that is no path: coverage is measured on the modules that the hooks transpile, which have source maps.
    compiled.set(file, compileFunction(body, parameters, { filename: `fresh:${file}` }));
  }
  return compiled.get(file);
}
