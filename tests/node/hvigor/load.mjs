// Loads `hvigorfile.ts` files as hvigor does: as CommonJS, with their relative imports, and with hvigor's own package, which
// here is the double.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ts } from '../arkts/checker/options.mjs';
import { ohosPlugin } from '../../doubles/hvigor/hvigor.mjs';

const compilerOptions = { target: ts.ScriptTarget.ES2021, module: ts.ModuleKind.CommonJS, esModuleInterop: true };

/** The exports of the TypeScript module `file`. */
export function load(file) {
  const { outputText, diagnostics } = ts.transpileModule(readFileSync(file, 'utf8'), { fileName: file, compilerOptions, reportDiagnostics: true });
  const problem = diagnostics.map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'))[0];
  if (problem) throw new SyntaxError(`${file}: ${problem}`);
  const module = { exports: {} };
  const body = new Function('require', 'module', 'exports', '__filename', '__dirname', outputText);
  body(requireOf(file), module, module.exports, file, path.dirname(file));
  return module.exports;
}

/** The names that the TypeScript module `file` imports. */
export function imports(file) {
  return ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles.map(({ fileName }) => fileName);
}

function requireOf(file) {
  const ofNode = createRequire(file);
  return (name) => {
    if (name === '@ohos/hvigor-ohos-plugin') return ohosPlugin;
    return name.startsWith('.') ? load(path.resolve(path.dirname(file), `${name}.ts`)) : ofNode(name);
  };
}
