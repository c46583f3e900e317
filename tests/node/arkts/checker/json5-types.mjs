// Type-checks the project's JSON5 files: JSON5 is a TypeScript literal, and @arkts/types declares what it may hold.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ts } from './options.mjs';

const typesFolder = path.dirname(createRequire(import.meta.url).resolve('@arkts/types'));

/** Every value of a project file that its type does not allow, each a sentence. */
export function typeProblems(root, modules) {
  return [
    ...fileProblems(path.join(root, 'build-profile.json5'), 'WorkspaceLevelBuildProfile'),
    ...fileProblems(path.join(root, 'oh-package.json5'), 'WorkspaceLevelOhPackage5'),
    ...modules.flatMap(({ folder }) => [
      ...fileProblems(path.join(folder, 'build-profile.json5'), 'ProjectLevelBuildProfile'),
      ...fileProblems(path.join(folder, 'oh-package.json5'), 'ProjectLevelOhPackageJson5'),
      ...fileProblems(path.join(folder, 'src/main/module.json5'), 'ModuleJson5'),
      ...testModuleProblems(path.join(folder, 'src/ohosTest')),
    ]),
  ];
}

function testModuleProblems(folder) {
  return existsSync(folder) ? fileProblems(path.join(folder, 'module.json5'), 'ModuleJson5') : [];
}

function fileProblems(file, type) {
  if (!existsSync(file)) return [`${file} is not there`];
  const virtual = path.join(typesFolder, 'checked.ts');
  const source = `import type { ${type} } from './index';\nexport const checked: ${type} = ${readFileSync(file, 'utf8')};\n`;
  const program = ts.createProgram([virtual], { strict: true, noEmit: true, types: [], lib: ['lib.es2021.d.ts'] }, host(virtual, source));
  return ts
    .getPreEmitDiagnostics(program)
    .filter((diagnostic) => diagnostic.file?.fileName === virtual)
    .map((diagnostic) => {
      const line = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start).line;
      return `${file}:${line}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
    });
}

function host(virtual, source) {
  const usual = ts.createCompilerHost({});
  const text = (file) => {
    if (file === virtual) return source;
    // The package writes references as `^$string:…`, a regular expression's anchor that is not in the files.
    return ts.sys.readFile(file)?.replaceAll('`^$', '`$');
  };
  return {
    ...usual,
    fileExists: (file) => file === virtual || usual.fileExists(file),
    readFile: text,
    getSourceFile: (file, languageVersion) => {
      const found = text(file);
      return found === undefined ? undefined : ts.createSourceFile(file, found, languageVersion);
    },
  };
}
