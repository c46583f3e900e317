// Compiler options that make `ohos-typescript` check `.ets` files as the OpenHarmony SDK's own build does.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** OpenHarmony's TypeScript, which parses ArkTS and contains the ArkTS linter. */
export const ts = require('ohos-typescript');

/** The OpenHarmony SDK's declarations: `kits/`, `api/`, `arkts/`, `component/`. */
export const sdk = path.dirname(require.resolve('@arkts/declarations'));

/** Declarations that no package has, written here from the public API reference. */
export const ownDeclarations = path.join(import.meta.dirname, '..', 'declarations');

/** Files that declare ArkTS's globals: ArkUI components, `$r`, `canIUse`, `setTimeout`. */
export const globalFiles = [
  ...readdirSync(path.join(sdk, 'component')).map((file) => path.join(sdk, 'component', file)),
  path.join(sdk, 'global.d.ts'),
];

// Parsed as syntax with a callback that builds UI, not as components.
const syntaxComponents = new Set(['ForEach', 'LazyForEach', 'Repeat']);

/** ArkUI's component names, read from `declare const XInstance: XAttribute` in the declarations. */
function componentNames() {
  const folder = path.join(sdk, 'component');
  const names = new Set();
  for (const file of readdirSync(folder)) {
    for (const match of readFileSync(path.join(folder, file), 'utf8').matchAll(/declare const (\w+)Instance: \w+/g)) {
      if (!syntaxComponents.has(match[1])) names.add(match[1]);
    }
  }
  return [...names].sort();
}

function etsOptions() {
  const components = componentNames();
  const decorators = (needInitialization, names) => names.map((name) => ({ name, needInitialization }));
  return {
    render: { method: ['build', 'pageTransition'], decorator: ['Builder', 'LocalBuilder'] },
    components,
    libs: [],
    extend: {
      decorator: ['Extend', 'AnimatableExtend'],
      components: components.map((name) => ({ name, type: `${name}Attribute`, instance: `${name}Instance` })),
    },
    styles: {
      decorator: 'Styles',
      component: { name: 'Common', type: 'T', instance: 'CommonInstance' },
      property: 'stateStyles',
    },
    concurrent: { decorator: 'Concurrent' },
    customComponent: 'CustomComponent',
    propertyDecorators: [
      ...decorators(false, ['Consume', 'Link', 'ObjectLink', 'Prop', 'BuilderParam', 'Param', 'Event', 'Require']),
      ...decorators(true, ['State', 'Provide', 'StorageLink', 'StorageProp', 'LocalStorageLink', 'LocalStorageProp', 'Local']),
    ],
    emitDecorators: ['Entry', 'Component', 'ComponentV2', 'Reusable', 'CustomDialog', 'Preview'].map((name) => ({
      name,
      emitParameters: name === 'Entry',
    })),
    syntaxComponents: {
      paramsUICallback: ['ForEach', 'LazyForEach'],
      attrUICallback: [{ name: 'Repeat', attributes: ['each', 'template'] }],
    },
  };
}

/** Options for a type check with the linter's builder information. */
export function compilerOptions() {
  return {
    target: ts.ScriptTarget.ES2021,
    lib: ['lib.es2021.d.ts'],
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.NodeJs,
    strict: true,
    noEmit: true,
    noImplicitReturns: true,
    noFallthroughCasesInSwitch: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    experimentalDecorators: true,
    esModuleInterop: true,
    importsNotUsedAsValues: ts.ImportsNotUsedAsValues.Preserve,
    preserveValueImports: true,
    allowJs: false,
    checkJs: false,
    skipLibCheck: true,
    types: [],
    incremental: true,
    needDoArkTsLinter: true,
    isCompatibleVersion: false,
    ets: etsOptions(),
  };
}
