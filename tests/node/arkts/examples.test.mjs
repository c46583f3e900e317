// What the documents for app developers show is what the sources have: ArkTS examples pass the type checker and the linter
// against the HAR, project files are those of `entry/`, numbers are the constants', links lead somewhere.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import JSON5 from 'json5';
import { check } from './check.mjs';

const root = path.join(import.meta.dirname, '..', '..', '..');
const documents = ['README.md', 'arkts/README.md', 'docs/app.md', 'docs/migrating-from-fcm.md'];
const read = (document) => readFileSync(path.join(root, document), 'utf8');
const guide = read('docs/app.md');

/** The blocks of this language in a document, each with the line that it starts at. */
function blocks(text, language) {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map((found) => ({
    line: text.slice(0, found.index).split('\n').length,
    code: found[1],
  }));
}

/** Every problem in `examples`, by the name of the example, each alone in an app that depends on the HAR. Nothing is added to one. */
function problemsIn(t, examples) {
  const app = mkdtempSync(path.join(tmpdir(), 'pushseal-examples-'));
  t.after(() => rmSync(app, { recursive: true }));
  writeFileSync(path.join(app, 'oh-package.json5'), JSON5.stringify({ name: 'app', dependencies: { pushseal: `file:${root}/arkts` } }));
  const names = Object.entries(examples).map(([name, code], i) => {
    const folder = path.join(app, `${i}`);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'Example.ets'), code);
    return name;
  });
  return check([app]).map(({ file, rule, message }) => `${names[path.basename(path.dirname(file))]}: ${rule}: ${message}`);
}

/** The examples of all documents, by document and line. */
function documented() {
  return Object.fromEntries(documents.flatMap((document) => {
    const found = blocks(read(document), 'ts');
    assert.ok(found.length > 0, `${document} has an example`);
    return found.map(({ line, code }) => [`${document}:${line}`, code]);
  }));
}

/** The first example of the README with mistakes: `[rule that it breaks, code]` by the name of the mistake. */
function mistaken() {
  const [{ code }] = blocks(read('README.md'), 'ts');
  const mistakes = {
    import: ['TS2304', "import { PushMessage, PushSeal } from 'pushseal';\n", ''],
    export: ['TS2305', 'PushMessage', 'Absent'],
    member: ['TS2339', 'message.id', 'message.name'],
    option: ['TS2345', 'region:', 'area:'],
    argument: ['TS2554', 'opened(want)', 'opened()'],
  };
  return Object.entries(mistakes).map(([name, [rule, from, to]]) => {
    assert.ok(code.includes(from), `the README's example has ${from}`);
    return { name, rule, code: code.replaceAll(from, to) };
  });
}

// One program for both: most of its time goes into the kits' declarations.
test('every example compiles as it stands, alone; one that lacks an import or names what does not exist is rejected', (t) => {
  const examples = documented();
  for (const [name, code] of Object.entries(examples)) {
    assert.match(code, /from '(pushseal(\/Extension)?|@kit\.\w+)'/, `${name} imports what it uses`);
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
  assert.ok(found.length > 0);
  for (const { code, line } of found) {
    const file = /^\/\/ (\S+)/.exec(code)[1];
    assert.ok(has(JSON5.parse(readFileSync(path.join(root, file), 'utf8')), JSON5.parse(code)), `docs/app.md:${line} is part of ${file}`);
  }
  // A profile is strict JSON, in the guide as in the app.
  const profile = (name) => JSON.parse(read(`entry/src/main/resources/base/profile/${name}.json`));
  assert.deepEqual(blocks(guide, 'json').map(({ code }) => JSON.parse(code)), [profile('PushMessage'), profile('backup_config')]);
  assert.ok(!has({ list: [{ a: 1 }] }, { list: [{ a: 2 }] }));
});

test('each class that module.json5 of the guide names is in the guide', () => {
  const [{ code }] = blocks(guide, 'json5');
  const { abilities, extensionAbilities } = JSON5.parse(code).module;
  const examples = blocks(guide, 'ts').map((example) => example.code);
  for (const { name } of [...abilities, ...extensionAbilities]) {
    assert.ok(examples.some((example) => example.includes(`export default class ${name} `)), name);
  }
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

/** The anchors of a document's headings, as hosts of Markdown make them. */
function anchors(document) {
  const headings = [...read(document).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
  return headings.map((heading) => heading.toLowerCase().replaceAll(/[^\p{L}\d\s_-]/gu, '').trim().replaceAll(' ', '-'));
}

test('every link of the guides leads to a file, and to a heading in it', () => {
  for (const document of ['README.md', 'docs/app.md', 'docs/migrating-from-fcm.md', 'arkts/README.md', 'docs/device.md']) {
    for (const [, target, anchor] of read(document).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
      const file = target === '' ? document : path.join(path.dirname(document), target);
      assert.ok(existsSync(path.join(root, file)), `${document}: ${target}`);
      assert.ok(anchor === undefined || anchors(file).includes(anchor), `${document}: ${target}#${anchor}`);
    }
  }
});

const GUIDES = [
  'README.md', 'SECURITY.md', 'docs/app.md', 'docs/backend.md', 'docs/decisions.md', 'docs/device.md', 'docs/errors.md', 'docs/migrating-from-fcm.md',
];

// Words that a reader of English as a second language does not find, or misreads.
const RIDDLES = [
  /\bmend\b/i, /held against/i, /leave to notify/i, /\bno leave\b/i, /giv(e|es|en|ing) up\b/i, /gave up\b/i, /falls? silent/i, /\bis over\b/i, /\bare over\b/i,
  /said so\b/i, /\bfor who(m|ever)?\b/i, /\bwhat (came|comes|waits|arrived|arrives)\b/i, /\bholds? it\b/i, /\bcame on\b/i, /\bways? of its own\b/i,
];

test('the guides use plain words, and headings that people search for', () => {
  for (const document of GUIDES) {
    const text = read(document);
    // The name of a test is a quotation.
    const prose = text.replaceAll(/`tests\/[^`]*`/g, '');
    for (const riddle of RIDDLES) assert.doesNotMatch(prose, riddle, document);
    for (const [, heading] of text.matchAll(/^#+ (.+)$/gm)) {
      assert.doesNotMatch(heading, /^(what|how|when|which|where|why|who|before|in which)\b(?!.*unlock)/i, `${document}: "${heading}"`);
    }
  }
});

test('that nothing was tried on a device is said once', () => {
  const statements = GUIDES.flatMap((document) => read(document).match(/\b(nothing|not|none|neither|nobody)\b[^.|]{0,80}\b(tried|tested)\b[^.|]{0,80}/gi) ?? []);
  assert.equal(statements.length, 1, statements.join('\n'));
});
