// Which APIs of the SDK a program uses, what permissions they need, and since which API level they exist: read from the
// JSDoc tags of the SDK's declarations.
import { ts, ownDeclarations, sdk } from './options.mjs';
import { openProgram } from './program.mjs';

/**
 * Each use of an SDK declaration: `{file, line, name, since, permissions, guarded}`. Guarded means that the function
 * around it asks for `sdkApiVersion` first.
 */
export function apiUses(files) {
  const program = openProgram(files);
  const checker = program.getTypeChecker();
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const uses = [];
    visit(source, (node) => {
      const use = ts.isIdentifier(node) && sdkUse(checker, node);
      if (use) uses.push({ file, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, guarded: isGuarded(node), ...use });
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
  const tags = ts.getJSDocTags(declaration);
  const all = (name) => tags.filter((tag) => tag.tagName.text === name).map((tag) => ts.getTextOfJSDocComment(tag.comment) ?? '');
  return {
    name: node.text,
    // A declaration has one JSDoc for each level that changed it: the first says since when it exists.
    since: Math.min(...[...allTags(declaration, 'since').map(Number), ...all('since').map((text) => Number.parseInt(text, 10))].filter(Number.isFinite)),
    permissions: all('permission').flatMap((text) => text.match(/ohos\.permission\.\w+/g) ?? []),
  };
}

// Of an overloaded function, the overload that the call takes.
function declarationUsed(checker, node) {
  const call = [node.parent, node.parent?.parent].find((parent) => parent && ts.isCallExpression(parent));
  const callee = call && (ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression);
  return callee === node ? checker.getResolvedSignature(call)?.declaration : undefined;
}

function allTags(declaration, name) {
  const text = declaration.getSourceFile().text.slice(declaration.getFullStart(), declaration.getStart());
  return [...text.matchAll(new RegExp(`@${name} (\\S+)`, 'g'))].map((match) => match[1]);
}

function isGuarded(node) {
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (ts.isFunctionLike(outer) && /sdkApiVersion/.test(outer.getText())) return true;
  }
  return false;
}

function visit(node, action) {
  action(node);
  ts.forEachChild(node, (child) => visit(child, action));
}
