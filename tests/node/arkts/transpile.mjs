// From ArkTS to JavaScript: a module with an inline source map for the module hooks, or a function for `fresh.mjs`.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ts } from './checker/options.mjs';

const globals = pathToFileURL(path.join(import.meta.dirname, '..', '..', 'doubles', 'kits', 'globals.mjs')).href;

const options = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  experimentalDecorators: true,
  useDefineForClassFields: true,
  sourceMap: true,
  inlineSources: true,
};

const transpiled = new Map();

// Each test file is a process of its own and transpiles the same sources; what one has done the others read here.
const cache = path.join(import.meta.dirname, '..', '..', '..', 'target', 'ets');

/** The module that Node runs for the ArkTS `source` of `file`; `search` names the simulated process it runs in. */
export function transpile(file, source, search = '') {
  if (transpiled.get(file)?.source !== source) transpiled.set(file, { source, ...cached(file, source) });
  const { body, map } = transpiled.get(file);
  // Imports are hoisted, so at the end this one moves no line.
  return `${body}\nimport { setTimeout, clearTimeout, canIUse } from '${globals}${search}';\n//# sourceMappingURL=data:application/json;base64,${map}\n`;
}

/** The body of a CommonJS function for the ArkTS or JavaScript `source` of `file`. */
export function transpileToFunction(file, source) {
  const compilerOptions = { target: options.target, module: ts.ModuleKind.CommonJS, useDefineForClassFields: true };
  return ts.transpileModule(blankConcurrent(source), { fileName: file, compilerOptions }).outputText;
}

function cached(file, source) {
  const key = createHash('sha256').update(JSON.stringify([ts.version, options, file, source])).digest('hex');
  const entry = path.join(cache, `${key}.json`);
  try {
    return JSON.parse(readFileSync(entry, 'utf8'));
  } catch {
    const emitted = emit(file, source);
    mkdirSync(cache, { recursive: true });
    // Another process may read it now: it is there as a whole or not at all.
    writeFileSync(`${entry}.${process.pid}`, JSON.stringify(emitted));
    renameSync(`${entry}.${process.pid}`, entry);
    return emitted;
  }
}

function emit(file, source) {
  const { outputText, sourceMapText, diagnostics } = ts.transpileModule(blankConcurrent(source), {
    fileName: file,
    compilerOptions: options,
    reportDiagnostics: true,
  });
  const error = diagnostics?.find((diagnostic) => diagnostic.category === ts.DiagnosticCategory.Error);
  if (error) throw new SyntaxError(`${file}: ${ts.flattenDiagnosticMessageText(error.messageText, '\n')}`);
  const map = JSON.parse(sourceMapText);
  map.sources = [pathToFileURL(file).href];
  map.sourcesContent = [source];
  return {
    body: outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, ''),
    map: Buffer.from(JSON.stringify(map)).toString('base64'),
  };
}

// A TaskPool function is an ordinary one here; JavaScript has no decorator on functions.
function blankConcurrent(source) {
  return source.replaceAll(/^@Concurrent\b/gm, '           ');
}
