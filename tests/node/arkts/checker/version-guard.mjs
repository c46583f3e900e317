// Whether a use of the SDK is reached on new enough systems only: by an `if` on `deviceInfo.sdkApiVersion` around it, or by a return before it.
import { ts } from './options.mjs';

/** True when a check of `sdkApiVersion` lets nothing below API `since` reach `node`. */
export function isGuarded(checker, node, since) {
  for (let inner = node, outer = node.parent; outer; inner = outer, outer = outer.parent) {
    if (ts.isIfStatement(outer) && inner === outer.thenStatement && atLeast(checker, outer.expression) >= since) return true;
    if (ts.isIfStatement(outer) && inner === outer.elseStatement && lessThan(checker, outer.expression) >= since) return true;
    if (ts.isConditionalExpression(outer) && inner === outer.whenTrue && atLeast(checker, outer.condition) >= since) return true;
    if (ts.isBinaryExpression(outer) && outer.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken && inner === outer.right
      && atLeast(checker, outer.left) >= since) return true;
    if (ts.isBlock(outer) && returnsBefore(outer, inner).some((condition) => lessThan(checker, condition) >= since)) return true;
    // What is called later may be called by others, too.
    if (ts.isFunctionDeclaration(outer) || ts.isMethodDeclaration(outer)) return false;
  }
  return false;
}

// The conditions under which the block is left before this statement.
function returnsBefore(block, statement) {
  const before = block.statements.slice(0, block.statements.indexOf(statement));
  return before.filter((found) => ts.isIfStatement(found) && leaves(found.thenStatement)).map(({ expression }) => expression);
}

function leaves(statement) {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement;
  return last !== undefined && (ts.isReturnStatement(last) || ts.isThrowStatement(last));
}

// The API level that a true condition promises; 0 for none. Of a conjunction, the higher one.
function atLeast(checker, condition) {
  if (ts.isParenthesizedExpression(condition)) return atLeast(checker, condition.expression);
  if (!ts.isBinaryExpression(condition)) return 0;
  const { left, right, operatorToken: { kind } } = condition;
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return Math.max(atLeast(checker, left), atLeast(checker, right));
  if (kind === ts.SyntaxKind.GreaterThanEqualsToken && isVersion(left)) return lowest(checker, right);
  if (kind === ts.SyntaxKind.GreaterThanToken && isVersion(left)) return lowest(checker, right) + 1;
  if (kind === ts.SyntaxKind.LessThanEqualsToken && isVersion(right)) return lowest(checker, left);
  return 0;
}

// The API level that a false condition promises. Of a disjunction, the higher one.
function lessThan(checker, condition) {
  if (ts.isParenthesizedExpression(condition)) return lessThan(checker, condition.expression);
  if (!ts.isBinaryExpression(condition)) return 0;
  const { left, right, operatorToken: { kind } } = condition;
  if (kind === ts.SyntaxKind.BarBarToken) return Math.max(lessThan(checker, left), lessThan(checker, right));
  if (kind === ts.SyntaxKind.LessThanToken && isVersion(left)) return lowest(checker, right);
  if (kind === ts.SyntaxKind.LessThanEqualsToken && isVersion(left)) return lowest(checker, right) + 1;
  return 0;
}

const isVersion = (node) => ts.isPropertyAccessExpression(node) && node.name.text === 'sdkApiVersion';

// The lowest number that an expression can be: a literal, a constant, or one of two.
function lowest(checker, node) {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isParenthesizedExpression(node)) return lowest(checker, node.expression);
  if (ts.isConditionalExpression(node)) return Math.min(lowest(checker, node.whenTrue), lowest(checker, node.whenFalse));
  const declared = ts.isIdentifier(node) && checker.getSymbolAtLocation(node)?.valueDeclaration;
  const constant = declared && ts.isVariableDeclaration(declared) && (ts.getCombinedNodeFlags(declared) & ts.NodeFlags.Const) !== 0;
  return constant && declared.initializer ? lowest(checker, declared.initializer) : 0;
}
