// Times the first message of a fresh process, which does nothing else. Arguments: `ours` or `by-hand`, the messages' file.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { addonPath } from '../addon/load.mjs';
import { keyringByHand, nodeCryptoOpener } from './by-hand.mjs';

const [who, file] = process.argv.slice(2);
const { key, keyId, options, messages } = JSON.parse(readFileSync(file, 'utf8'));
const { payload, data } = messages.find(({ name }) => name === '3 KB');
const keys = [{ keyId, key: new Uint8Array(Buffer.from(key, 'hex')) }];
const require = createRequire(import.meta.url);

function ours() {
  const module = { exports: {} };
  process.dlopen(module, addonPath);
  const loaded = performance.now();
  module.exports.setKeyring(keys);
  return { loaded, data: module.exports.openMessage(payload, options).data };
}

function byHand() {
  const open = nodeCryptoOpener(require('node:crypto'));
  const loaded = performance.now();
  return { loaded, data: open(keyringByHand(keys), payload, options).data };
}

const begin = performance.now();
const opened = who === 'ours' ? ours() : byHand();
const end = performance.now();
if ((who === 'ours' ? opened.data : JSON.stringify(opened.data)) !== data) throw new Error('another message came out');
console.log(JSON.stringify({ load: (opened.loaded - begin) * 1000, first: (end - opened.loaded) * 1000 }));
