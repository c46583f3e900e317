// Checks an app's project without DevEco: `node check.mjs [project folder]` prints each problem and exits 1 when there
// is one. The folder is this repository's root unless stated.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import JSON5 from 'json5';
import { checkFiles } from './checker/program.mjs';
import { checkProject } from './checker/project.mjs';
import { etsFiles } from './files.mjs';

/** Every problem in the `.ets` files at or under `roots`. */
export function check(roots) {
  return checkFiles(roots.flatMap(etsFiles));
}

/** The folders of the modules that a project's `build-profile.json5` names. */
export function moduleFolders(project) {
  const { modules } = JSON5.parse(readFileSync(path.join(project, 'build-profile.json5'), 'utf8'));
  return modules.map(({ srcPath }) => path.join(project, srcPath));
}

function main(project) {
  const folders = moduleFolders(project);
  const files = folders.flatMap(etsFiles).length;
  const problems = [
    ...check(folders).map(({ file, line, rule, message }) => `${file}:${line}: ${rule}: ${message}`),
    ...checkProject(project),
  ];
  for (const problem of problems) console.error(problem.replaceAll(`${project}/`, ''));
  console.log(`ArkTS check: ${files} files in ${folders.length} modules, ${problems.length} problems`);
  return problems.length === 0 && files > 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = main(path.resolve(process.argv[2] ?? path.join(import.meta.dirname, '../../..')));
}
