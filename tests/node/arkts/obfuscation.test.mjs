// Obfuscation renames what a release build can see, and not what is outside of it: the native library, JSON, the database.
// "ArkGuard for Code Obfuscation" in OpenHarmony's guide wants the names that are there in `-keep-global-name` (imported
// from a library by name) and `-keep-property-name` (members).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { ts } from './checker/options.mjs';
import { openProgram } from './checker/program.mjs';
import { etsFiles } from './files.mjs';

const root = path.join(import.meta.dirname, '..', '..', '..');
const arkts = path.join(root, 'arkts');
const entry = path.join(root, 'entry');
const typings = path.join(arkts, 'types/libpushseal_native/index.d.ts');
const sources = [arkts, entry].flatMap((folder) => etsFiles(path.join(folder, 'src/main')));
const program = openProgram(sources);
const checker = program.getTypeChecker();

/** The names in a rule file by the option they stand under. */
function rules(file) {
  const found = {};
  let names;
  for (const line of readFileSync(file, 'utf8').split('\n').map((line) => line.replace(/#.*/, '').trim()).filter(Boolean)) {
    if (line.startsWith('-')) names = found[line] ??= [];
    else names.push(line);
  }
  return found;
}

const isOurs = ({ fileName }) => [arkts, entry].some((folder) => fileName.startsWith(folder + path.sep));
const sorted = (names) => [...new Set(names)].sort();

/** Every node in the sources of a module. */
function* nodes(folder) {
  const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(path.join(folder, 'src/main') + path.sep));
  assert.ok(files.length > 3, folder);
  const stack = [...files];
  while (stack.length > 0) {
    const node = stack.pop();
    yield node;
    node.forEachChild((child) => void stack.push(child));
  }
}

/** The members of a type and of the types of its members, as far as they are declared in this repository. */
function members(type, seen = new Set()) {
  if (type.isUnion()) return type.types.flatMap((part) => members(part, seen));
  if (checker.isArrayType(type)) return members(checker.getTypeArguments(type)[0], seen);
  if (seen.has(type)) return [];
  seen.add(type);
  const own = type.getProperties().filter(({ declarations }) => declarations?.some((found) => isOurs(found.getSourceFile())));
  return own.flatMap((member) => [member.name, ...members(checker.getTypeOfSymbolAtLocation(member, member.declarations[0]), seen)]);
}

/** The members of JSON that a module reads and writes, and the columns that it writes by name. */
function outside(folder) {
  const names = [];
  for (const node of nodes(folder)) {
    const json = ts.isCallExpression(node) && /^JSON\.(parse|stringify)$/.exec(node.expression.getText());
    if (json?.[1] === 'stringify') names.push(...members(checker.getTypeAtLocation(node.arguments[0])));
    if (json?.[1] === 'parse') {
      assert.ok(ts.isAsExpression(node.parent), `the type of ${node.getText()}`);
      names.push(...members(checker.getTypeFromTypeNode(node.parent.type)));
    }
    // `message.json<T>()` is JSON.parse behind a name.
    const read = ts.isCallExpression(node) && /\.json$/.test(node.expression.getText());
    if (read) names.push(...(node.typeArguments ?? []).flatMap((type) => members(checker.getTypeFromTypeNode(type))));
    const columns = ts.isObjectLiteralExpression(node) && checker.getContextualType(node)?.aliasSymbol?.name === 'ValuesBucket';
    if (columns) names.push(...node.properties.map(({ name }) => name.text));
  }
  return names;
}

/** What the typings of the library declare: functions, and members of what these take and give. */
function declared() {
  const { statements } = program.getSourceFile(typings);
  return {
    functions: statements.filter(ts.isFunctionDeclaration).map(({ name }) => name.text),
    members: statements.filter(ts.isInterfaceDeclaration).flatMap((type) => type.members.map(({ name }) => name.text)),
  };
}

test('the HAR keeps the names of the library, of its JSON and of its columns, and has no rule besides', () => {
  const { functions, members: ofTheLibrary } = declared();
  assert.ok(functions.length > 8 && ofTheLibrary.length > 20);
  const own = outside(arkts);
  for (const name of ['keyIds', 'bundle', 'syncedAt', 'expires_at']) assert.ok(own.includes(name), name);
  assert.deepEqual(rules(path.join(arkts, 'consumer-rules.txt')), {
    '-keep-global-name': sorted(functions),
    '-keep-property-name': sorted([...ofTheLibrary, ...own]),
  });
});

test('the example app keeps the names of its own JSON', () => {
  const found = outside(entry);
  assert.ok(found.includes('baseUrl'));
  assert.deepEqual(rules(path.join(entry, 'obfuscation-rules.txt'))['-keep-property-name'], sorted(found));
});
