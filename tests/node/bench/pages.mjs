// Loads the library into a fresh process and tells which of its memory is there: kibibytes, from the kernel's own table.
import { readFileSync } from 'node:fs';
import { addonPath, loadAddon } from '../addon/load.mjs';

loadAddon();
const sums = { Size: 0, Rss: 0, Private_Dirty: 0 };
let inside = false;
for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
  if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) inside = line.endsWith(addonPath);
  const [, name, kb] = /^(\w+): +(\d+) kB/.exec(line) ?? [];
  if (inside && name in sums) sums[name] += Number(kb);
}
if (sums.Size === 0) throw new Error(`${addonPath} is not in memory`);
console.log(JSON.stringify({ mappedKb: sums.Size, residentKb: sums.Rss, dirtyKb: sums.Private_Dirty }));
