// The components that `.ets` sources build, read from the syntax tree: a struct cannot run here.
import path from 'node:path';
import { ts } from './checker/options.mjs';
import { openProgram } from './checker/program.mjs';

/**
 * Every component in `files`: `{name, args, attributes, parents, where}`. `attributes` has the arguments of each call in the chain behind it,
 * `parents` the names of the components around it in the same builder, the outermost first.
 */
export function components(files) {
  const program = openProgram(files);
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const found = [];
    visit(source, [], (node, parents) => {
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
      found.push({ name: nameOf(node), args: [...argumentsOf(node)], attributes: attributesOf(node), parents, where: `${path.basename(file)}:${line}` });
    });
    return found;
  });
}

/** The texts of string literals and templates in an argument. */
export function literals(node) {
  if (isResource(node)) return [];
  const found = TEXT.has(node.kind) ? [node.text] : [];
  ts.forEachChild(node, (child) => void found.push(...literals(child)));
  return found;
}

/** The names of the resources that an argument takes, for example `app.string.close`. */
export function resources(node) {
  const own = isResource(node) ? [node.arguments[0].text] : [];
  const inside = [];
  ts.forEachChild(node, (child) => void inside.push(...resources(child)));
  return [...own, ...inside];
}

function visit(node, parents, found) {
  const isComponent = isBuilt(node);
  if (isComponent) found(node, parents);
  const inside = isComponent ? [...parents, nameOf(node)] : parents;
  ts.forEachChild(node, (child) => visit(child, inside, found));
}

const { StringLiteral, NoSubstitutionTemplateLiteral, TemplateHead, TemplateMiddle, TemplateTail } = ts.SyntaxKind;
const TEXT = new Set([StringLiteral, NoSubstitutionTemplateLiteral, TemplateHead, TemplateMiddle, TemplateTail]);

const isResource = (node) => ts.isCallExpression(node) && node.expression.getText() === '$r';

// One of our own without a block behind it is a plain call.
function isBuilt(node) {
  return ts.isEtsComponentExpression(node) ||
    (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && /^[A-Z]/.test(node.expression.text) && ts.isExpressionStatement(node.parent));
}

const nameOf = (node) => node.expression.getText();
const argumentsOf = (node) => node.arguments ?? [];

function attributesOf(node) {
  const attributes = new Map();
  for (let at = node; ts.isPropertyAccessExpression(at.parent) && ts.isCallExpression(at.parent.parent); at = at.parent.parent) {
    attributes.set(at.parent.name.text, [...at.parent.parent.arguments]);
  }
  return attributes;
}
