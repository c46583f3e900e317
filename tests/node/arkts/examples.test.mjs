// What the documents for app developers show is what the sources have: ArkTS examples pass the type checker and the linter
// against the HAR, project files are those of `entry/`, numbers are the constants'.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import JSON5 from 'json5';
import { check } from './check.mjs';

const root = path.join(import.meta.dirname, '..', '..', '..');
const documents = ['README.md', 'arkts/README.md', 'docs/app.md'];
const guide = readFileSync(path.join(root, 'docs/app.md'), 'utf8');

// What an example may use without saying where it comes from: the ability's kit, and functions that every app has its own of.
const surroundings = {
  UIAbility: "import { UIAbility } from '@kit.AbilityKit';",
  Want: "import { Want } from '@kit.AbilityKit';",
  hasConsent: 'async function hasConsent(): Promise<boolean> { return true; }',
  handle: 'async function handle(text: string): Promise<void> { console.info(`${text.length}`); }',
};

/** The blocks of this language in a document, each with the line that it starts at. */
function blocks(text, language) {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map((found) => ({
    line: text.slice(0, found.index).split('\n').length,
    code: found[1],
  }));
}

/** An example with what it leaves out; a name that the example itself imports or declares is not added. */
function complete(code) {
  const missing = Object.entries(surroundings).filter(([name]) =>
    new RegExp(`(?<!\\.)\\b${name}\\b`).test(code) && !new RegExp(`import [^;]*\\b${name}\\b[^;]*from|function ${name}\\b`).test(code));
  const lines = missing.map(([, line]) => line);
  const isImport = (line) => line.startsWith('import');
  return [...lines.filter(isImport), code, ...lines.filter((line) => !isImport(line))].join('\n');
}

/** Every problem in `examples`, by the name of the example, as in an app that depends on the HAR. */
function problemsIn(t, examples) {
  const app = mkdtempSync(path.join(tmpdir(), 'pushseal-examples-'));
  t.after(() => rmSync(app, { recursive: true }));
  writeFileSync(path.join(app, 'oh-package.json5'), JSON5.stringify({ name: 'app', dependencies: { pushseal: `file:${root}/arkts` } }));
  const names = Object.entries(examples).map(([name, code], i) => {
    const folder = path.join(app, `${i}`);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'Example.ets'), complete(code));
    return name;
  });
  return check([app]).map(({ file, rule, message }) => `${names[path.basename(path.dirname(file))]}: ${rule}: ${message}`);
}

/** The examples of all documents, by document and line. */
function documented() {
  return Object.fromEntries(documents.flatMap((document) => {
    const found = blocks(readFileSync(path.join(root, document), 'utf8'), 'ts');
    assert.ok(found.length > 0, `${document} has an example`);
    return found.map(({ line, code }) => [`${document}:${line}`, code]);
  }));
}

/** The first example of the README with mistakes: `[rule that it breaks, code]` by the name of the mistake. */
function mistaken() {
  const [{ code }] = blocks(readFileSync(path.join(root, 'README.md'), 'utf8'), 'ts');
  const mistakes = {
    export: ['TS2305', 'PushMessage', 'Absent'],
    member: ['TS2339', 'message.text()', 'message.body()'],
    option: ['TS2345', 'region:', 'area:'],
    argument: ['TS2554', 'opened(want)', 'opened()'],
  };
  return Object.entries(mistakes).map(([name, [rule, from, to]]) => {
    assert.ok(code.includes(from), `the README's example has ${from}`);
    return { name, rule, code: code.replaceAll(from, to) };
  });
}

// One program for both: most of its time goes into the kits' declarations.
test('every example passes the type checker and the linter; one that names what does not exist is rejected', (t) => {
  const examples = documented();
  for (const [name, code] of Object.entries(examples)) {
    assert.match(code, /from 'pushseal(\/Extension)?'/, `${name} imports what it uses of the HAR`);
  }
  const wrong = mistaken();
  const problems = problemsIn(t, { ...examples, ...Object.fromEntries(wrong.map(({ name, code }) => [name, code])) });
  assert.deepEqual(problems.filter((problem) => !wrong.some(({ name }) => problem.startsWith(`${name}: `))), []);
  for (const { name, rule } of wrong) {
    assert.ok(problems.some((problem) => problem.startsWith(`${name}: ${rule}:`)), `${name}: ${rule} in\n${problems.join('\n')}`);
  }
});

/** Whether `whole` has everything that `part` says; an element of a list may stand anywhere in it. */
function has(whole, part) {
  if (Array.isArray(part)) return Array.isArray(whole) && part.every((wanted) => whole.some((one) => has(one, wanted)));
  if (part === null || typeof part !== 'object') return whole === part;
  return whole !== null && typeof whole === 'object' && Object.entries(part).every(([name, value]) => has(whole[name], value));
}

test('the project files of the guide are those of the example app', () => {
  const found = blocks(guide, 'json5');
  assert.equal(found.length, 1);
  for (const { code, line } of found) {
    const file = /^\/\/ (\S+)/.exec(code)[1];
    assert.ok(has(JSON5.parse(readFileSync(path.join(root, file), 'utf8')), JSON5.parse(code)), `docs/app.md:${line} is part of ${file}`);
  }
  // A profile is strict JSON, in the guide as in the app.
  const profile = readFileSync(path.join(root, 'entry/src/main/resources/base/profile/PushMessage.json'), 'utf8');
  assert.deepEqual(blocks(guide, 'json').map(({ code }) => JSON.parse(code)), [JSON.parse(profile)]);
  assert.ok(!has({ list: [{ a: 1 }] }, { list: [{ a: 2 }] }));
});

test('the numbers of the guide are the constants', () => {
  const sources = 'arkts/src/main/ets';
  const rows = [...guide.matchAll(/^\| `(\w+)` in `([\w/.]+)` \| ([\d,]+) /gm)];
  assert.ok(rows.length > 10, `${rows.length} rows`);
  for (const [, name, file, shown] of rows) {
    const text = readFileSync(path.join(root, sources, file), 'utf8');
    const value = new RegExp(`const ${name}: number = ([\\d* A-Z]+);`).exec(text)?.[1];
    assert.ok(value !== undefined, `${file} has ${name}`);
    const units = { DAY: 1, SECOND: 1 };
    const worth = value.split('*').map((factor) => units[factor.trim()] ?? Number(factor)).reduce((a, b) => a * b);
    assert.equal(Number(shown.replaceAll(',', '')), worth, `${name} in ${file}`);
  }
});

test('every link of the guides leads to a file', () => {
  for (const document of ['docs/app.md', 'docs/migrating-from-fcm.md', 'arkts/README.md', 'docs/device.md']) {
    const text = readFileSync(path.join(root, document), 'utf8');
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(path.join(root, path.dirname(document), target)), `${document}: ${target}`);
    }
  }
});
