// A plugin of hvigor, the build tool of DevEco Studio: builds the native library before the module's libraries are packed.
// Interface: "Hvigor API" (HvigorPlugin, HvigorNode, HvigorTask) and "Plugin context" (OhosPluginId, OhosAppContext,
// OhosHarContext) in Huawei's guide "Extending build capabilities".
// The file lies in the module that uses it, in the folder `scripts` that Huawei's guide "Developing an Hvigor Plugin" names, and
// imports nothing but Node's own modules: only a hvigorfile.ts is sure to find `@ohos/hvigor-ohos-plugin`.
import { spawn } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const LIBRARY = 'libpushseal_native.so';
const ABIS = ['arm64-v8a', 'x86_64'];
const SHOWN_OF_A_FAILURE = 20;

// `@ohos/hvigor` comes with DevEco Studio only. This is the part of its interface that is used here.
export interface HvigorTask {
  name: string;
  run: () => void | Promise<void>;
  postDependencies?: string[];
}

export interface HvigorNode {
  getNodePath(): string;
  getParentNode(): HvigorNode | undefined;
  getContext(pluginId: string): unknown;
  registerTask(task: HvigorTask): void;
}

export interface HvigorPlugin {
  pluginId: string;
  apply(node: HvigorNode): void;
}

interface AppContext {
  getBuildMode(): string;
}

interface HarContext {
  getBuildProfileOpt(): { buildOption?: { externalNativeOptions?: { abiFilters?: string[] } } };
}

/** The names of hvigor's own plugins: `OhosPluginId` of `@ohos/hvigor-ohos-plugin`. */
export interface PluginIds {
  OHOS_APP_PLUGIN: string;
  OHOS_HAR_PLUGIN: string;
}

/** Where things are that the plugin cannot see. */
export interface CargoBuildOptions {
  /** The folder of PushSeal's sources; by default the one above the module's. */
  repository?: string;
}

/** The plugin for the `hvigorfile.ts` of the HAR module. */
export function cargoBuild(ids: PluginIds, options: CargoBuildOptions = {}): HvigorPlugin {
  return {
    pluginId: 'pushseal.cargoBuild',
    // It runs whenever DevEco Studio syncs the project: nothing is read or built before the task runs.
    apply(node: HvigorNode): void {
      node.registerTask({
        name: 'CargoBuild',
        // hvigor ignores a function here, whatever its declarations say.
        postDependencies: ['default@ProcessLibs'],
        run: () => build(node, ids, options.repository ?? path.dirname(node.getNodePath())),
      });
    },
  };
}

async function build(node: HvigorNode, ids: PluginIds, repository: string): Promise<void> {
  const abis = moduleAbis(node, ids);
  const flags = abis.flatMap((abi) => ['--abi', abi]);
  if (buildMode(node, ids) === 'debug') flags.push('--debug');
  await runCargo(findCargo(), ['xtask', 'so', ...flags], repository);
  const libs = path.join(node.getNodePath(), 'libs');
  removeStale(libs, abis);
  for (const abi of abis) install(path.join(repository, 'target', 'ohos', abi, LIBRARY), path.join(libs, abi));
}

/** The module's `abiFilters`; all that the library is built for where it has none. */
function moduleAbis(node: HvigorNode, ids: PluginIds): string[] {
  const context = node.getContext(ids.OHOS_HAR_PLUGIN) as HarContext | undefined;
  if (!context) throw failure(`${node.getNodePath()} is not a HAR module: put the plugin in the hvigorfile.ts of the HAR`);
  const abis = context.getBuildProfileOpt().buildOption?.externalNativeOptions?.abiFilters ?? ABIS;
  const file = path.join(node.getNodePath(), 'build-profile.json5');
  for (const abi of abis) {
    if (!ABIS.includes(abi)) throw failure(`there is no library for ${abi}: remove it from abiFilters in ${file} (there are: ${ABIS.join(', ')})`);
  }
  if (abis.length === 0) throw failure(`abiFilters in ${file} is empty: name one of ${ABIS.join(', ')}, or remove it`);
  return [...new Set(abis)];
}

/** 'debug', or another of the project's build modes, which all get a release build of the library. */
function buildMode(node: HvigorNode, ids: PluginIds): string {
  const context = node.getParentNode()?.getContext(ids.OHOS_APP_PLUGIN) as AppContext | undefined;
  if (!context) throw failure('the root hvigorfile.ts has to have appTasks as its system plugin');
  return context.getBuildMode();
}

/** DevEco Studio, started from the desktop, does not have the shell's PATH: rustup's own places come first. */
function findCargo(): string {
  const { CARGO, CARGO_HOME, PATH } = process.env;
  const program = process.platform === 'win32' ? 'cargo.exe' : 'cargo';
  if (CARGO) {
    if (isFile(CARGO)) return CARGO;
    throw failure(`CARGO names ${CARGO}, which is not there: correct or remove this variable`);
  }
  const folders = [path.join(os.homedir(), '.cargo', 'bin'), ...(PATH ?? '').split(path.delimiter).filter(Boolean)];
  if (CARGO_HOME) folders.unshift(path.join(CARGO_HOME, 'bin'));
  const found = folders.map((folder) => path.join(folder, program)).find(isFile);
  if (found) return found;
  throw failure('cargo was not found in CARGO_HOME, in ~/.cargo/bin or in PATH: install Rust from https://rustup.rs, or set CARGO to the program');
}

function isFile(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** No shell is between: a path may have spaces. What cargo says is passed on while it works. */
function runCargo(cargo: string, words: string[], repository: string): Promise<void> {
  const command = `cargo ${words.join(' ')}`;
  const last: string[] = [];
  const show = (line: string): void => {
    console.log(line);
    last.push(line);
    if (last.length > SHOWN_OF_A_FAILURE) last.shift();
  };
  return new Promise((resolve, reject) => {
    const child = spawn(cargo, words, { cwd: repository, env: environment(cargo), stdio: ['ignore', 'pipe', 'pipe'] });
    const flush = [child.stdout, child.stderr].map((stream) => eachLine(stream, show));
    child.on('error', (error) => reject(failure(`${cargo} could not be started in ${repository}: ${error.message}`)));
    child.on('close', (code, signal) => {
      flush.forEach((rest) => rest());
      if (code === 0) return resolve();
      const end = signal ? `was ended by ${signal}` : `failed with exit code ${code}`;
      reject(failure([`"${command}" in ${repository} ${end}; its last lines:`, ...last].join('\n')));
    });
  });
}

/** Ours, with cargo's folder first in PATH: rustup is there too, which the build calls. */
function environment(cargo: string): NodeJS.ProcessEnv {
  const folders = [path.dirname(cargo), process.env.PATH ?? ''].join(path.delimiter);
  // Windows writes it `Path`; a program must not get both.
  const others = Object.entries(process.env).filter(([name]) => name.toUpperCase() !== 'PATH');
  return { ...Object.fromEntries(others), PATH: folders };
}

/** Calls `show` for each whole line; the returned function, for what is left. */
function eachLine(stream: NodeJS.ReadableStream, show: (line: string) => void): () => void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text) => {
    const lines = (rest + String(text)).split(/\r?\n/);
    rest = lines.pop() ?? '';
    lines.forEach(show);
  });
  return () => {
    if (rest) show(rest);
  };
}

/** Only our own library is removed, from the ABIs that are not built any more. */
function removeStale(libs: string, abis: string[]): void {
  if (!fs.existsSync(libs)) return;
  for (const abi of fs.readdirSync(libs).filter((name) => !abis.includes(name))) {
    const folder = path.join(libs, abi);
    if (!isFile(path.join(folder, LIBRARY))) continue;
    fs.rmSync(path.join(folder, LIBRARY));
    if (fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
  }
}

function install(built: string, folder: string): void {
  if (!isFile(built)) throw failure(`cargo succeeded, but ${built} is not there: run "cargo xtask so" by hand and see what it prints`);
  fs.mkdirSync(folder, { recursive: true });
  const installed = path.join(folder, LIBRARY);
  // ProcessLibs links the file hard into its output: writing into it would change that, too.
  fs.rmSync(installed, { force: true });
  fs.copyFileSync(built, installed);
}

function failure(message: string): Error {
  return new Error(`PushSeal's native library: ${message}`);
}
