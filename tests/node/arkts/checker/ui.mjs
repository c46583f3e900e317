// Rules of the UI build that neither the type checker nor the linter looks at.
import { ts } from './options.mjs';

/** Problems as `{line, rule, message}` in a parsed `.ets` file. */
export function uiProblems(source) {
  const problems = [];
  const add = (node, rule, message) =>
    problems.push({ line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1, rule, message });
  const structs = source.statements.filter(ts.isStructDeclaration);
  for (const struct of structs.filter(isEntry).slice(1)) add(struct, 'ui-one-entry', 'a file has one @Entry');
  for (const build of structs.flatMap((struct) => struct.members.filter((member) => member.name?.getText(source) === 'build'))) {
    if (build.body?.statements.length !== 1) add(build, 'ui-one-root', 'build() has exactly one root component');
  }
  visit(source, (node) => {
    if (ts.isCallExpression(node) && node.expression.getText(source) === '$r' && !ts.isStringLiteral(node.arguments[0])) {
      add(node, 'ui-literal-resource', '$r takes a literal name');
    }
  });
  return problems;
}

function isEntry(struct) {
  return (struct.illegalDecorators ?? struct.modifiers ?? struct.decorators ?? []).some((entry) => /^@Entry\b/.test(entry.getText()));
}

function visit(node, action) {
  action(node);
  ts.forEachChild(node, (child) => visit(child, action));
}
