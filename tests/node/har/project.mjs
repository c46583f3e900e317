// An app's project as a developer has it who installs the HAR: the example app with `oh_modules`, and nothing of the
// repository's HAR module beside it.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

const root = path.join(import.meta.dirname, '..', '..', '..');
const BLOCK = 512;

/** The files in a `.har`: a map from path to contents. */
export function readHar(file) {
  const tar = gunzipSync(readFileSync(file));
  const files = new Map();
  for (let at = 0; tar[at]; ) {
    const header = tar.subarray(at, at + BLOCK);
    const text = (from, length) => header.toString('utf8', from, from + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8);
    // A long path has its first part elsewhere in the header (POSIX ustar).
    const prefix = text(345, 155);
    files.set(prefix ? `${prefix}/${text(0, 100)}` : text(0, 100), tar.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

/** A project in a new temporary folder: the example app with `har` installed as the package manager does it. */
export function projectWith(har) {
  const project = realpathSync(mkdtempSync(path.join(tmpdir(), 'pushseal-har-')));
  cpSync(path.join(root, 'AppScope'), path.join(project, 'AppScope'), { recursive: true });
  const entry = path.join(project, 'entry');
  const installed = /^(build|oh_modules)$/;
  cpSync(path.join(root, 'entry'), entry, { recursive: true, filter: (source) => !installed.test(path.basename(source)) });
  cpSync(har, path.join(entry, 'pushseal.har'));
  dependOnTheHar(path.join(entry, 'oh-package.json5'));
  const folder = path.join(entry, 'oh_modules', 'pushseal');
  for (const [name, contents] of readHar(har)) {
    const file = path.join(folder, path.relative('package', name));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
  return { project, entry, folder };
}

function dependOnTheHar(manifest) {
  const text = readFileSync(manifest, 'utf8');
  const changed = text.replace("'file:../arkts'", "'file:./pushseal.har'");
  if (changed === text) throw new Error(`${manifest} does not depend on the HAR module`);
  writeFileSync(manifest, changed);
}
