import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

// Built, installed or generated; `types` has declarations only.
const skipped = new Set(['node_modules', 'oh_modules', 'build', 'libs', '.hvigor', 'types']);

/** The `.ets` files at or under `root`, absolute. */
export function etsFiles(root) {
  const absolute = path.resolve(root);
  if (statSync(absolute).isFile()) return [absolute];
  return readdirSync(absolute, { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name))
    .sort((a, b) => a.name.localeCompare(b.name))
    .flatMap((entry) => {
      const inside = path.join(absolute, entry.name);
      if (entry.isDirectory()) return etsFiles(inside);
      return entry.name.endsWith('.ets') ? [inside] : [];
    });
}
