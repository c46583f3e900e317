// Where an import of an `.ets` file leads: a kit, a native library's typings, a HAR, or a file beside it.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import JSON5 from 'json5';
import { ownDeclarations, sdk, ts } from './options.mjs';

const sdkFolders = [ownDeclarations, path.join(sdk, 'kits'), path.join(sdk, 'api'), path.join(sdk, 'arkts')];
/** The test framework of on-device suites; npm has the package that the root's oh-package.json5 names. */
export const hypium = createRequire(import.meta.url).resolve('@ohos/hypium');
const extensions = ['.ets', '.d.ets', '.ts', '.d.ts'];

/** The file that `name`, imported from `importer`, means; `undefined` when there is none. */
export function resolveImport(name, importer) {
  if (/^@(kit|ohos|system|arkts)\./.test(name)) return firstFile(sdkFolders.map((folder) => path.join(folder, name)));
  if (name === '@ohos/hypium') return path.join(path.dirname(hypium), 'index.d.ts');
  if (name.startsWith('.')) return firstFile([path.resolve(path.dirname(importer), name)]);
  return resolveDependency(name, importer);
}

/** The folder that the nearest `oh-package.json5` names for `dependency` by `file:`; a `.har` is unpacked in `oh_modules`. */
export function dependencyFolder(dependency, importer) {
  for (let folder = path.dirname(importer); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'oh-package.json5');
    if (existsSync(manifest)) {
      const target = JSON5.parse(readFileSync(manifest, 'utf8')).dependencies?.[dependency];
      if (/^file:.*\.har$/.test(target)) return path.join(folder, 'oh_modules', dependency);
      if (target?.startsWith('file:')) return path.resolve(folder, target.slice('file:'.length));
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

function resolveDependency(name, importer) {
  const [, dependency, file] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.+))?$/.exec(name) ?? [];
  const folder = dependency && dependencyFolder(dependency, importer);
  if (folder === undefined || !existsSync(path.join(folder, 'oh-package.json5'))) return undefined;
  // A file of the dependency beside its entry, as in '@rnoh/react-native-openharmony/ts'.
  if (file !== undefined) return firstFile([path.join(folder, file)]);
  const manifest = JSON5.parse(readFileSync(path.join(folder, 'oh-package.json5'), 'utf8'));
  const entry = path.resolve(folder, manifest.types || manifest.main || 'Index.ets');
  return existsSync(entry) ? entry : undefined;
}

function firstFile(stems) {
  for (const stem of stems) {
    for (const candidate of [stem, ...extensions.map((extension) => stem + extension)]) {
      if (extensions.some((extension) => candidate.endsWith(extension)) && existsSync(candidate)) return candidate;
    }
  }
  return undefined;
}

/** The compiler host's `resolveModuleNames`. */
export function resolveModuleNames(names, importer) {
  return names.map((name) => {
    const file = resolveImport(name, importer);
    return file && { resolvedFileName: file, extension: extensionOf(file), isExternalLibraryImport: false };
  });
}

function extensionOf(file) {
  if (file.endsWith('.d.ets')) return ts.Extension.Dets;
  if (file.endsWith('.d.ts')) return ts.Extension.Dts;
  return file.endsWith('.ets') ? ts.Extension.Ets : ts.Extension.Ts;
}
