// Which APIs of the SDK a program uses, what permissions they need, and since which API level they exist: read from the
// JSDoc tags of the SDK's declarations.
import { ts, ownDeclarations, sdk } from './options.mjs';
import { openProgram } from './program.mjs';
import { isGuarded } from './version-guard.mjs';

/**
 * Each use of a value of the SDK: `{file, line, name, since, permissions, guarded}`. Guarded means that a check of `sdkApiVersion` keeps
 * systems older than `since` away from it. Types are left out: they are not there when the app runs.
 */
export function apiUses(files) {
  const program = openProgram(files);
  const checker = program.getTypeChecker();
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const uses = [];
    visit(source, (node) => {
      const use = ts.isIdentifier(node) && !isInType(node) && sdkUse(checker, node);
      if (!use) return;
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      uses.push({ file, line, guarded: isGuarded(checker, node, use.since), ...use });
    });
    return uses;
  });
}

function sdkUse(checker, node) {
  let symbol = checker.getSymbolAtLocation(node);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  const declaration = declarationUsed(checker, node) ?? symbol?.declarations?.[0];
  const from = declaration?.getSourceFile().fileName ?? '';
  if (!from.startsWith(sdk) && !from.startsWith(ownDeclarations)) return undefined;
  return { name: node.text, since: sinceOf(declaration), permissions: permissionsOf(declaration) };
}

// A declaration has one JSDoc for each level that changed it: the first says since when it exists. Without any it is as old as what it is in.
function sinceOf(declaration) {
  for (let outer = declaration; outer && !ts.isSourceFile(outer); outer = outer.parent) {
    const text = outer.getSourceFile().text.slice(outer.getFullStart(), outer.getStart());
    // Huawei's own kits write "5.1.0(18)".
    const levels = [...text.matchAll(/@since (?:[\d.]+\()?(\d+)/g)].map((match) => Number(match[1]));
    if (levels.length > 0) return Math.min(...levels);
  }
  return Infinity;
}

function permissionsOf(declaration) {
  const tags = ts.getJSDocTags(declaration).filter((tag) => tag.tagName.text === 'permission');
  return tags.flatMap((tag) => (ts.getTextOfJSDocComment(tag.comment) ?? '').match(/ohos\.permission\.\w+/g) ?? []);
}

// Of an overloaded function, the overload that the call takes.
function declarationUsed(checker, node) {
  const call = [node.parent, node.parent?.parent].find((parent) => parent && ts.isCallExpression(parent));
  const callee = call && (ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression);
  return callee === node ? checker.getResolvedSignature(call)?.declaration : undefined;
}

// A type, or an import: what is imported counts where it is used.
function isInType(node) {
  for (let outer = node; outer; outer = outer.parent) {
    if (ts.isTypeNode(outer) || ts.isImportDeclaration(outer) || ts.isExportDeclaration(outer)) return !ts.isExpressionWithTypeArguments(outer);
    if (ts.isStatement(outer)) return false;
  }
  return false;
}

function visit(node, action) {
  action(node);
  ts.forEachChild(node, (child) => visit(child, action));
}
