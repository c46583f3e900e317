// The script for OpenHarmony's engine needs nothing but what that engine has: here it runs in an empty context of Node's.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import vm from 'node:vm';
import { loadAddon, vectors } from '../addon/load.mjs';
import { CLOSING, arkScript } from './script.mjs';

test('the script runs with requireNapiPreview and print alone', () => {
  const script = arkScript();
  assert.match(script, /^[\0-\x7f]*$/, 'ASCII only');
  const printed = [];
  const asked = [];
  // One realm, as on the engine: the library's errors and arrays are those of the script.
  const run = vm.runInThisContext(
    `(function (requireNapiPreview, print, Buffer, process, require, setTimeout, console) { 'use strict'; ${script.replace(/^export /gm, '')} })`,
  );
  run((name, isApp) => { asked.push([name, isApp]); return loadAddon(); }, (line) => printed.push(line));
  assert.deepEqual(asked, [['pushseal_native', true]]);
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(printed.at(-1));
  assert.match(printed.at(-1), CLOSING);
  assert.equal(Number(failed), 0, printed.join('\n'));
  assert.ok(Number(passed) > vectors.count, passed);
});
