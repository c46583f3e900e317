// One surface, written in several places: the library's exports, its typings, what the HAR imports, the error codes.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { loadAddon, readText, root, vectors } from './load.mjs';

const native = loadAddon();
const typings = readText('arkts/types/libpushseal_native/index.d.ts');
const sorted = (list) => [...new Set(list)].sort();
const matches = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name);

function sourcesOf(folder) {
  return readdirSync(new URL(folder, root), { recursive: true }).filter((path) => path.endsWith('.ets')).map((path) => readText(`${folder}${path}`));
}

test('the typings name exactly what the library exports', () => {
  const exported = Object.keys(native).filter((name) => name !== 'panicProbe');
  assert.deepEqual(sorted(matches(typings, /export (?:declare )?function (\w+)/g)), sorted(exported));
  assert.ok(exported.length <= 10, 'at most ten functions');
});

/** The HAR opens in batches alone, so that one payload's error hides no other; what measures opens one by one. */
const NOT_IN_THE_HAR = ['openMessage'];

test('the HAR imports what the library exports, and nothing else', () => {
  const sources = [...sourcesOf('arkts/src/main/ets/'), readText('arkts/Index.ets')];
  const imports = sources.flatMap((text) => matches(text, /(?:import|export) \{([^}]*)\} from 'libpushseal_native.so'/g));
  const names = imports.flatMap((list) => list.split(',')).map((name) => name.trim().split(' ')[0]).filter(Boolean);
  const functions = names.filter((name) => /^[a-z]/.test(name));
  assert.deepEqual(sorted([...functions, ...NOT_IN_THE_HAR]), sorted(matches(typings, /export (?:declare )?function (\w+)/g)));
  assert.deepEqual(functions.filter((name) => NOT_IN_THE_HAR.includes(name)), []);
});

/** The members that the typings give an interface. */
function members(name) {
  const body = typings.match(new RegExp(`export interface ${name} \\{([^}]*)\\}`))?.[1];
  assert.ok(body, `interface ${name}`);
  return Object.fromEntries([...body.matchAll(/^ {2}(\w+): (.+?);?$/gm)].map(([, member, type]) => [member, type]));
}

function conforms(value, name) {
  const declared = members(name);
  assert.deepEqual(Object.keys(value), Object.keys(declared), name);
  for (const [member, type] of Object.entries(declared)) {
    const [main, or] = type.split(' | ');
    if (value[member] === null) assert.equal(or, 'null', `${name}.${member}`);
    else if (/^[A-Z]/.test(main)) conforms(value[member], main);
    else assert.equal(typeof value[member], main, `${name}.${member}`);
  }
}

test('what comes out has the declared shape', () => {
  const open = (name) => vectors.cases.find((vector) => vector.name === name);
  const { keys, options } = open('a claim check');
  native.setKeyring(keys.map(({ keyId, key }) => ({ keyId, key: new Uint8Array(Buffer.from(key, 'hex')) })));
  for (const name of ['a claim check', 'A256GCM with every claim']) {
    conforms(native.openMessage(open(name).payload, options), 'DataMessage');
    conforms(native.openMessages([open(name).payload], options)[0], 'OpenOutcome');
  }
  conforms(native.openMessages(['x'], options)[0], 'OpenOutcome');
  const registration = { token: 't', aaid: 'a', keyId: 'k', region: 'r', account: '', syncedAt: 0 };
  conforms(registration, 'Registration');
  conforms(native.planTokenSync(registration, registration, 1), 'SyncPlan');
  conforms(native.diagnostics(), 'Diagnostics');
});

test('error codes are the same in Rust, ArkTS and the documentation', () => {
  const rust = Object.fromEntries(
    [...readText('src/error.rs').matchAll(/Self::(\w+)(?:\(_\))? => (\d{4}),/g)].map(([, name, code]) => [name, Number(code)]),
  );
  assert.equal(Object.keys(rust).length, 12);
  const enumeration = sourcesOf('arkts/src/main/ets/').map((text) => text.match(/export enum PushSealError \{([^}]*)\}/)?.[1]).filter(Boolean);
  assert.equal(enumeration.length, 1, 'one enum in the HAR');
  const arkts = [...enumeration[0].matchAll(/^\s*(\w+) = (\d+)/gm)].map(([, name, code]) => [name, Number(code)]);
  assert.deepEqual(Object.fromEntries(arkts), rust);
  const docs = [...readText('docs/errors.md').matchAll(/^\| (\d{4}) \| `(\w+)` \|/gm)].map(([, code, name]) => [name, Number(code)]);
  assert.deepEqual(Object.fromEntries(docs), rust);
});
