// Measures everyone through Node. Arguments: the messages' file, the rounds, the floor's addon if there is one.
import { readFileSync } from 'node:fs';
import { loadAddon } from '../addon/load.mjs';
import { others, ours } from './contenders.mjs';
import { measure } from './rounds.mjs';

const [file, rounds, floorPath] = process.argv.slice(2);
const { key, keyId, options, messages } = JSON.parse(readFileSync(file, 'utf8'));
const native = loadAddon();
const floor = floorPath === undefined ? undefined : loadAddon(floorPath);
const keys = [{ keyId, key: new Uint8Array(Buffer.from(key, 'hex')) }];
for (const message of messages) {
  const contenders = [...ours(native, keys, message, options), ...(await others(native, floor, keys, message, options))];
  for (const { who, samples } of await measure(contenders, Number(rounds))) {
    console.log(JSON.stringify({ what: `open ${message.name}`, who, unit: 'ns', samples }));
  }
}
