// Node module hooks that run ArkTS: `.ets` files are transpiled as they are loaded, `@kit.X` is the double in
// tests/doubles/kits, `libX.so` is the addon built for this machine, other names are dependencies of the nearest
// `oh-package.json5`. A query (`?start=3`) makes a fresh instance of a module and of all it imports: a new process, as
// far as ArkTS can tell.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hypium, resolveImport } from './checker/resolve.mjs';
import { transpile } from './transpile.mjs';

const doubles = path.join(import.meta.dirname, '..', '..', 'doubles', 'kits');
// What outlives a simulated process, or is too costly to load for each.
const SHARED = new Set(['./device.mjs', './context.mjs', './sqlite.mjs', './addon.mjs']);

/** The hook that finds the file behind an import. */
export async function resolve(specifier, context, next) {
  const parent = context.parentURL ? new URL(context.parentURL) : undefined;
  if (specifier.startsWith('@kit.')) return found(kitDouble(specifier), parent?.search);
  if (/^lib\w+\.so$/.test(specifier)) return found(path.join(doubles, 'native.mjs'), parent?.search);
  if (specifier === '@ohos/hypium') return found(hypium);
  if (parent && isHypium(parent)) return found(withEnding(path.resolve(path.dirname(fileURLToPath(parent)), specifier)));
  if (parent?.pathname.endsWith('.ets') && !specifier.startsWith('file:')) return found(etsImport(specifier, parent), parent.search);
  if (parent?.search && isDouble(parent) && specifier.startsWith('./') && !SHARED.has(specifier)) {
    return found(path.join(doubles, specifier), parent.search);
  }
  return next(specifier, context);
}

/** The hook that reads a module. */
export async function load(url, context, next) {
  const { pathname, search } = new URL(url);
  if (isHypium(new URL(url))) return { format: 'module', shortCircuit: true, source: readFileSync(fileURLToPath(url)) };
  if (!pathname.endsWith('.ets')) return next(url, context);
  const file = fileURLToPath(new URL(pathname, 'file:'));
  return { format: 'module', shortCircuit: true, source: transpile(file, readFileSync(file, 'utf8'), search) };
}

function kitDouble(kit) {
  const file = path.join(doubles, `${kit}.mjs`);
  if (!existsSync(file)) throw new Error(`no test double for ${kit}: write ${file}`);
  return file;
}

function etsImport(specifier, parent) {
  const importer = fileURLToPath(new URL(parent.pathname, 'file:'));
  const file = resolveImport(specifier, importer);
  if (file === undefined) throw new Error(`${importer} imports ${specifier}, which is not there`);
  return file;
}

function found(file, search = '') {
  const url = pathToFileURL(file);
  url.search = search;
  return { url: url.href, shortCircuit: true };
}

// Hypium's modules have no "type" and no file endings in their imports.
function isHypium(url) {
  return url.protocol === 'file:' && fileURLToPath(url).startsWith(path.dirname(hypium) + path.sep);
}

const withEnding = (file) => (file.endsWith('.js') ? file : `${file}.js`);

function isDouble(url) {
  return url.protocol === 'file:' && fileURLToPath(url).startsWith(doubles);
}
