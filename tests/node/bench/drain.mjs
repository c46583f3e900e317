// Opens so many rows as the ArkTS drain does, slice by slice. Arguments: the messages' file, the number of rows.
import { readFileSync } from 'node:fs';
import { loadAddon } from '../addon/load.mjs';
import { SLICE } from './slice.mjs';

const [file, count] = process.argv.slice(2);
const { key, keyId, options, messages } = JSON.parse(readFileSync(file, 'utf8'));
const row = Buffer.from(messages.find(({ name }) => name === '300 B').payload, 'latin1');
const native = loadAddon();
native.setKeyring([{ keyId, key: new Uint8Array(Buffer.from(key, 'hex')) }]);

/** Opens rows; each is a string of its own, as if it had just been read from the table. */
function drain(rows) {
  let characters = 0;
  for (let left = rows; left > 0; left -= SLICE) {
    const slice = Array.from({ length: Math.min(SLICE, left) }, () => row.latin1Slice());
    for (const { message } of native.openMessages(slice, options)) characters += message.data.length;
  }
  return characters;
}

/** Makes garbage of the engine's own until its heap is as full as it gets: what comes on top is the drain's. */
function fillHeap() {
  const kept = [];
  for (let i = 0; i < 100_000; i++) kept[i % 1000] = { text: row.latin1Slice(), number: i };
}

fillHeap();
drain(SLICE * 5); // the engine has compiled the loop
const before = process.cpuUsage();
const characters = drain(Number(count));
const { user, system } = process.cpuUsage(before);
if (characters !== Number(count) * 300) throw new Error(`${characters} characters came out`);
// Of all threads together, so that the collector's are counted too.
console.log(JSON.stringify({ perSecond: (Number(count) * 1e6) / (user + system), peakKb: process.resourceUsage().maxRSS }));
