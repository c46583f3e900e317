// Says in one line what c8 measured; fails when a source file of the HAR was not loaded by any test. c8 itself fails below the
// bound in .c8rc.json.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { etsFiles } from './files.mjs';

const root = path.join(import.meta.dirname, '..', '..', '..');
const { total, ...files } = JSON.parse(readFileSync(path.join(root, 'target/node/coverage-report/coverage-summary.json'), 'utf8'));
const sources = etsFiles(path.join(root, 'arkts/src/main/ets'));
const missing = sources.filter((file) => files[file] === undefined);
const [[leastFile, least]] = Object.entries(files).sort(([, a], [, b]) => a.lines.pct - b.lines.pct);
const { covered, total: lines, pct } = total.lines;
console.log(`report: line coverage of the HAR's ${sources.length} .ets files: ${pct} % (${covered} of ${lines}), `
  + `least ${path.basename(leastFile)} with ${least.lines.pct} %`);
for (const file of missing) console.log(`no test loads ${file}`);
process.exitCode = missing.length === 0 ? 0 : 1;
