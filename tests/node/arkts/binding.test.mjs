import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { har, importInApp, makeDevice } from './app.mjs';
import { etsFiles } from './files.mjs';
import { internal } from './internals.mjs';

const arkts = path.dirname(har);
const typings = readFileSync(path.join(arkts, 'types/libpushseal_native/index.d.ts'), 'utf8');
const promised = [...typings.matchAll(/export (?:declare )?function (\w+)/g)].map((match) => match[1]).sort();

test('the library exports what its typings promise, and nothing else', async () => {
  const device = makeDevice();
  await importInApp(device, har);
  const native = await import(`../../doubles/kits/native.mjs?start=1`);
  assert.deepEqual([...native.exportsOfTheLibrary].sort(), promised);
  const wrapped = Object.keys(native).filter((name) => typeof native[name] === 'function').sort();
  assert.deepEqual(wrapped, promised);
  device.process.kill();
});

test('the HAR uses only what the typings promise', () => {
  const declared = new Set([...promised, ...[...typings.matchAll(/export (?:declare )?interface (\w+)/g)].map((match) => match[1])]);
  const imported = etsFiles(arkts).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:import|export)(?: type)? \{([^}]*)\} from 'libpushseal_native\.so'/g)].flatMap((match) =>
      match[1].split(',').map((name) => name.trim()),
    ),
  );
  assert.ok(imported.length > 8);
  assert.deepEqual(imported.filter((name) => !declared.has(name)), []);
});

test('error names and codes are those of the library', async () => {
  const device = makeDevice();
  const { module: pushseal, search } = await importInApp(device, har);
  const { adviceOf } = await internal(search, 'errors/PushSealError.ets');
  const { openMessages, setKeyring, clearKeyring } = await import('../../doubles/kits/native.mjs?start=2');
  const options = { now: Date.now(), audience: '', allowPlaintext: false, clockSkew: 0 };
  setKeyring([{ keyId: 'k', key: new Uint8Array(32) }]);
  const head = Buffer.from('{"alg":"dir","enc":"A256GCM","kid":"other"}').toString('base64url');
  const outcomes = openMessages(['', '{"a":1}', 'x'.repeat(20000), `${head}..${'A'.repeat(16)}.AAAA.${'A'.repeat(22)}`], options);
  clearKeyring();
  for (const { code, name } of outcomes) assert.equal(pushseal.PushSealError[code], name);
  assert.ok(new Set(outcomes.map((outcome) => outcome.name)).size >= 3, JSON.stringify(outcomes));
  assert.equal(adviceOf(1002), 'keep');
  assert.equal(adviceOf(2004), 'drop');
  assert.equal(adviceOf(3002), 'bug');
  device.process.kill();
});
