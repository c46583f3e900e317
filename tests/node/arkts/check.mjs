// Checks ArkTS projects without DevEco: `node check.mjs <module folder or .ets file>…` prints each problem and
// exits 1 when there is one.
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkFiles } from './checker/program.mjs';

const skipped = new Set(['node_modules', 'oh_modules', 'build', 'libs', '.hvigor', 'types']);

/** Every problem in the given modules (folders) or single files. */
export function check(roots) {
  return checkFiles(roots.flatMap(etsFiles));
}

/** The `.ets` files at or under `root`, absolute. */
export function etsFiles(root) {
  const absolute = path.resolve(root);
  if (statSync(absolute).isFile()) return [absolute];
  return readdirSync(absolute, { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name))
    .sort((a, b) => a.name.localeCompare(b.name))
    .flatMap((entry) => {
      const inside = path.join(absolute, entry.name);
      if (entry.isDirectory()) return etsFiles(inside);
      return entry.name.endsWith('.ets') ? [inside] : [];
    });
}

function main(roots) {
  if (roots.length === 0) {
    console.error('usage: node check.mjs <module folder or .ets file>…');
    return 2;
  }
  const problems = check(roots);
  for (const { file, line, rule, message } of problems) {
    console.error(`${path.relative(process.cwd(), file)}:${line}: ${rule}: ${message}`);
  }
  const count = roots.flatMap(etsFiles).length;
  console.log(`ArkTS check: ${count} files, ${problems.length} problems`);
  return problems.length === 0 && count > 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main(process.argv.slice(2));
