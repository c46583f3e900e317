// No two files import each other, however indirectly.
import { importsOf } from './extension.mjs';
import { resolveImport } from './resolve.mjs';

/** Each cycle of imports among `files`, as a sentence. */
export function importCycles(files) {
  const wanted = new Set(files);
  const edges = new Map(files.map((file) => [file, importsOf(file, true)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => resolveImport(specifier, file))
    .filter((target) => wanted.has(target))]));
  const done = new Set();
  const cycles = [];
  const visit = (file, way) => {
    const again = way.indexOf(file);
    if (again >= 0) cycles.push(`${[...way.slice(again), file].join(' imports ')}`);
    if (again >= 0 || done.has(file)) return;
    for (const target of edges.get(file)) visit(target, [...way, file]);
    done.add(file);
  };
  files.forEach((file) => visit(file, []));
  return cycles;
}
