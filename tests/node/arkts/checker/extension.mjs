// The notification extension runs in a process that may not load some modules of the system: nothing that it imports, however indirectly,
// may be one of them.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ts } from './options.mjs';
import { resolveImport } from './resolve.mjs';

/** `RemoteNotificationExtension` in ability_ability_runtime, frameworks/native/ability/native/etc/extension_blocklist_config.json. */
export const BLOCKED = [
  'notification', 'notificationManager', 'app.form.formProvider', 'app.form.formInfo', 'app.form.formHost', 'app.form.formBindingData',
  'app.form.FormExtensionAbility', 'application.formBindingData', 'application.formHost', 'application.formInfo', 'application.formProvider',
  'prompt', 'promptAction', 'window', 'core.liveview.liveViewManager', 'telephony.voipCall',
];

// Kits of Huawei's whose declarations no package has, and what of them is on the list.
const WITHOUT_DECLARATIONS = { '@kit.CallServiceKit': { voipCall: 'telephony.voipCall' }, '@kit.LiveViewKit': { liveViewManager: 'core.liveview.liveViewManager' } };

/** Every blocked module that `file` imports, itself or by what it imports, each a sentence with the way to it. */
export function blockedImports(file) {
  const problems = [];
  const seen = new Set();
  const visit = (source, way) => {
    if (seen.has(source)) return;
    seen.add(source);
    const wayTo = [...way, source].join(' imports ');
    for (const { specifier, names } of [...importsOf(source), ...dynamicImportsOf(source)]) {
      if (specifier === undefined) {
        problems.push(`${wayTo} imports a module whose name is not written out: whether the notification extension may load it is unknown`);
      } else if (isUnknownKit(specifier, source)) {
        problems.push(`${wayTo} imports ${specifier}, a kit without declarations here: whether the notification extension may load it is unknown`);
      } else if (/^@(kit|ohos|system|hms)\./.test(specifier)) {
        problems.push(...modulesOf(specifier, names, source).filter(isBlocked).map((module) =>
          `${wayTo} imports ${module}, which is on the block list of the notification extension`));
      } else if (!/^lib\w+\.so$/.test(specifier)) {
        const found = resolveImport(specifier, source);
        if (found !== undefined) visit(found, [...way, source]);
      }
    }
  };
  visit(path.resolve(file), []);
  return problems;
}

/** `{specifier, names}` of each import and re-export that is there when the app runs; `withTypes`, of the others, too. */
export function importsOf(file, withTypes = false) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2021, true);
  return source.statements
    .filter((found) => (ts.isImportDeclaration(found) || ts.isExportDeclaration(found)) && found.moduleSpecifier)
    .filter((found) => withTypes || !(found.isTypeOnly || found.importClause?.isTypeOnly))
    .map((found) => ({ specifier: found.moduleSpecifier.text, names: namesIn(found) }));
}

/** The same of each `import()`, which takes the whole module; `specifier` is `undefined` where it is not a text. */
function dynamicImportsOf(file) {
  const found = [];
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [name] = node.arguments;
      found.push({ specifier: name && ts.isStringLiteralLike(name) ? name.text : undefined, names: ['*'] });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2021, true));
  return found;
}

// What a statement takes of a module; `*` for all of it.
function namesIn(statement) {
  const bound = statement.importClause?.namedBindings ?? statement.exportClause;
  if (bound?.elements) return bound.elements.map((element) => (element.propertyName ?? element.name).text);
  return statement.importClause?.name && !bound ? ['default'] : ['*'];
}

// The build turns an import from a kit into imports of the modules behind the names.
function modulesOf(specifier, names, importer) {
  if (!specifier.startsWith('@kit.')) return [specifier];
  const own = WITHOUT_DECLARATIONS[specifier];
  if (own) return Object.entries(own).filter(([name]) => names.includes(name) || names.includes('*')).map(([, module]) => module);
  const kit = resolveImport(specifier, importer);
  const behind = new Map();
  const source = ts.createSourceFile(kit, readFileSync(kit, 'utf8'), ts.ScriptTarget.ES2021, true);
  for (const statement of source.statements.filter((found) => ts.isImportDeclaration(found) && found.importClause)) {
    const { name, namedBindings } = statement.importClause;
    if (name) behind.set(name.text, statement.moduleSpecifier.text);
    for (const element of namedBindings?.elements ?? []) behind.set(element.name.text, statement.moduleSpecifier.text);
  }
  return names.includes('*') ? [...behind.values()] : names.map((name) => behind.get(name)).filter(Boolean);
}

const isUnknownKit = (specifier, importer) =>
  specifier.startsWith('@kit.') && !(specifier in WITHOUT_DECLARATIONS) && resolveImport(specifier, importer) === undefined;

// The system compares names without their prefix and in lower case (app_module_checker.cpp).
const blocked = new Set(BLOCKED.map((name) => name.toLowerCase()));
const isBlocked = (module) => blocked.has(path.basename(module).replace(/^@(ohos|system|hms)\./, '').toLowerCase());
