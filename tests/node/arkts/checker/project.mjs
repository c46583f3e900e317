// The project files of an app: what they refer to exists, permissions are exactly those used, every API called exists in
// the oldest system that the app says it runs on.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import JSON5 from 'json5';
import { etsFiles } from '../files.mjs';
import { apiUses } from './api-use.mjs';
import { importCycles } from './cycles.mjs';
import { typeProblems } from './json5-types.mjs';
import { pushProblems } from './push.mjs';

const json5 = (file) => JSON5.parse(readFileSync(file, 'utf8'));

/** Every problem of the project in `root`, each a sentence. */
export function checkProject(root) {
  const profile = json5(path.join(root, 'build-profile.json5'));
  const modules = profile.modules.map((entry) => ({ ...entry, folder: path.join(root, entry.srcPath) }));
  return [
    ...typeProblems(root, modules),
    ...modules.flatMap((module) => moduleProblems(root, module)),
    ...pushProblems(root, modules),
    ...modules.flatMap(({ folder }) => importCycles(etsFiles(folder))),
    ...apiProblems(root, profile, modules),
  ];
}

function moduleProblems(root, { name, folder }) {
  const file = path.join(folder, 'src/main/module.json5');
  if (!existsSync(file)) return [`build-profile.json5 names ${folder}, which has no src/main/module.json5`];
  const { module } = json5(file);
  const resources = [path.join(root, 'AppScope/resources'), path.join(folder, 'src/main/resources')];
  const problems = module.name === name ? [] : [`${file} is named ${module.name}, build-profile.json5 says ${name}`];
  for (const ability of [...(module.abilities ?? []), ...(module.extensionAbilities ?? [])]) {
    const source = path.join(folder, 'src/main', ability.srcEntry);
    if (!existsSync(source)) problems.push(`${file}: srcEntry ${ability.srcEntry} is not there`);
  }
  if (module.pages) problems.push(...pageProblems(folder, module.pages));
  problems.push(...referenceProblems(file, resources), ...dependencyProblems(folder));
  for (const source of etsFiles(path.join(folder))) problems.push(...resourceUseProblems(source, resources));
  return [...problems, ...languageProblems(path.join(folder, 'src/main/resources'))];
}

function pageProblems(folder, reference) {
  const profile = path.join(folder, 'src/main/resources/base/profile', `${reference.replace('$profile:', '')}.json`);
  return json5(profile).src.flatMap((page) => {
    const file = path.join(folder, 'src/main/ets', `${page}.ets`);
    if (!existsSync(file)) return [`${profile}: page ${page} is not there`];
    return /^@Entry\b/m.test(readFileSync(file, 'utf8')) ? [] : [`${file}: a page has an @Entry`];
  });
}

function dependencyProblems(folder) {
  const file = path.join(folder, 'oh-package.json5');
  return Object.entries(json5(file).dependencies ?? {})
    .filter(([, target]) => target.startsWith('file:') && !existsSync(path.resolve(folder, target.slice(5), 'oh-package.json5')))
    .map(([name, target]) => `${file}: ${name} at ${target} has no oh-package.json5`);
}

function referenceProblems(file, resources) {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/\$(string|color|media|profile):(\w+)/g)]
    .filter(([, kind, name]) => !resources.some((folder) => hasResource(folder, kind, name)))
    .map(([reference]) => `${file}: ${reference} is not there`);
}

function resourceUseProblems(file, resources) {
  return [...readFileSync(file, 'utf8').matchAll(/\$r\('app\.(\w+)\.(\w+)'/g)]
    .filter(([, kind, name]) => !resources.some((folder) => hasResource(folder, kind, name)))
    .map(([, kind, name]) => `${file}: app.${kind}.${name} is not there`);
}

function hasResource(folder, kind, name) {
  if (kind === 'media' || kind === 'profile') {
    const files = path.join(folder, 'base', kind);
    return existsSync(files) && readdirSync(files).some((file) => path.parse(file).name === name);
  }
  return names(path.join(folder, 'base/element', `${kind}.json`), kind).includes(name);
}

function names(file, kind) {
  return existsSync(file) ? json5(file)[kind].map((entry) => entry.name) : [];
}

// A text or colour that one variant lacks, or has alone, was forgotten in the other.
function languageProblems(resources) {
  if (!existsSync(resources)) return [];
  const problems = [];
  for (const variant of readdirSync(resources).filter((folder) => folder !== 'base' && folder !== 'rawfile')) {
    for (const file of readdirSync(path.join(resources, variant, 'element'))) {
      const kind = path.parse(file).name;
      const base = new Set(names(path.join(resources, 'base/element', file), kind));
      const own = new Set(names(path.join(resources, variant, 'element', file), kind));
      for (const name of [...base, ...own]) {
        if (base.has(name) !== own.has(name)) problems.push(`${resources}: ${kind} ${name} is not both in base and in ${variant}`);
      }
    }
  }
  return problems;
}

function apiProblems(root, profile, modules) {
  const level = Number(/\((\d+)\)/.exec(profile.app.products[0].compatibleSdkVersion)?.[1]);
  const problems = [];
  for (const { folder } of modules) {
    const uses = apiUses(etsFiles(folder));
    for (const { file, line, name, since, guarded } of uses) {
      if (since > level && since < Infinity && !guarded) problems.push(`${file}:${line}: ${name} exists from API ${since}, compatibleSdkVersion is ${level}`);
    }
    const used = new Set(uses.flatMap((use) => use.permissions));
    const declared = new Set((json5(path.join(folder, 'src/main/module.json5')).module.requestPermissions ?? []).map((entry) => entry.name));
    for (const permission of used) if (!declared.has(permission)) problems.push(`${folder} uses ${permission} without declaring it`);
    for (const permission of declared) {
      if (!used.has(permission)) problems.push(`${folder} declares ${permission} and does not use it`);
    }
  }
  return problems;
}
