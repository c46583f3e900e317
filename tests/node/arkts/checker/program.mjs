// The type check and the official ArkTS linter over a set of `.ets` files.
import { readFileSync, existsSync } from 'node:fs';
import { compilerOptions, globalFiles, ts } from './options.mjs';
import { resolveModuleNames } from './resolve.mjs';
import { uiProblems } from './ui.mjs';

// "Currently module for 'libX.so' is not verified": only a warning, yet everything imported from it is `any`.
const UNVERIFIED_LIBRARY = 28014;
const UNUSED = 6133;

/**
 * Every problem in `files`, each `{file, line, rule, message}`, `rule` being `TS<number>` of the type checker
 * or `arkts-…` of the linter, or `ui-…` of ui.mjs.
 */
export function checkFiles(files) {
  const { service, builder } = open(files);
  const wanted = new Set(files);
  const program = builder.getProgram();
  const problems = [];
  for (const file of files) {
    const found = [...program.getSyntacticDiagnostics(program.getSourceFile(file)), ...service.getSemanticDiagnostics(file)];
    problems.push(...found.filter(fails).map((diagnostic) => problem(diagnostic, `TS${diagnostic.code}`)));
    problems.push(...uiProblems(program.getSourceFile(file)).map((found) => ({ file, ...found })));
  }
  for (const diagnostic of ts.ArkTSLinter_1_1.runArkTSLinter(builder, undefined, undefined, 'ArkTS_1_1')) {
    if (wanted.has(diagnostic.file?.fileName)) problems.push(problem(diagnostic, linterRule(diagnostic)));
  }
  return distinct(problems);
}

/** The compiler's program for `files`, with their types resolved. */
export function openProgram(files) {
  return open(files).builder.getProgram();
}

function open(files) {
  const options = compilerOptions();
  const host = {
    getScriptFileNames: () => [...files, ...globalFiles],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) => (existsSync(file) ? ts.ScriptSnapshot.fromString(readFileSync(file, 'utf8')) : undefined),
    getCurrentDirectory: () => process.cwd(),
    getCompilationSettings: () => options,
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    resolveModuleNames,
    getTagNameNeededCheckByFile: () => ({ needCheck: false, checkConfig: [] }),
  };
  const service = ts.createLanguageService(host, ts.createDocumentRegistry());
  return { service, builder: service.getBuilderProgram(true) };
}

function fails(diagnostic) {
  if (diagnostic.code === UNUSED && isStruct(diagnostic)) return false;
  return diagnostic.category === ts.DiagnosticCategory.Error || diagnostic.code === UNVERIFIED_LIBRARY;
}

// The framework uses a page's struct; nothing in the source does.
function isStruct(diagnostic) {
  return /\bstruct\s+$/.test(diagnostic.file.text.slice(0, diagnostic.start));
}

function problem(diagnostic, rule) {
  const start = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
  return { file: diagnostic.file?.fileName ?? '', line: (start?.line ?? 0) + 1, rule, message };
}

// The linter's messages end in "(arkts-no-any-unknown)".
function linterRule(diagnostic) {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
  return /\((arkts-[\w-]+)\)/.exec(message)?.[1] ?? `linter ${diagnostic.code}`;
}

function distinct(problems) {
  const seen = new Map(problems.map((entry) => [`${entry.file}:${entry.line}:${entry.rule}:${entry.message}`, entry]));
  return [...seen.values()].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}
