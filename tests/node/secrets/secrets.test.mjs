// After the demo, no secret stands anywhere but with who must have it. PUSHSEAL_BACKEND names the backend's program.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formsOf, search, tracesIn } from './search.mjs';

/** The places where secrets of a kind must be, and are found; nowhere else, and no other kind anywhere. */
const HOLDERS = {
  // The app compares it with the token of the next start.
  'push token': ['database', 'device', 'huawei'],
  'service JWT': ['huawei'],
  'OAuth secret': ['huawei'],
  'access token': ['huawei'],
  // The demo shows the messages that the app shows.
  plaintext: ['screen'],
};

const KINDS = [
  'device key', 'master key', 'API key', 'service account', 'OAuth secret', 'sign-in key', 'sign-in JWT', 'service JWT', 'access token',
  'push token', 'attachment key', 'plaintext',
];

const folder = mkdtempSync(path.join(tmpdir(), 'pushseal-secrets-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let traces;
let secrets;

before(() => {
  const kept = path.join(folder, 'kept');
  const env = { ...process.env, PUSHSEAL_DEMO_KEEP: kept, RUST_LOG: 'trace', NODE_TEST_CONTEXT: undefined };
  const demo = spawnSync(process.execPath, ['--no-warnings', path.join(import.meta.dirname, '../demo/demo.mjs')], { env });
  assert.equal(demo.status, 0, `the demo failed: ${`${demo.stdout}${demo.stderr}`.slice(-2000)}`);
  secrets = JSON.parse(readFileSync(path.join(kept, 'secrets.json'), 'utf8'));
  rmSync(path.join(kept, 'secrets.json'));
  mkdirSync(path.join(kept, 'screen'));
  writeFileSync(path.join(kept, 'screen', 'demo'), Buffer.concat([demo.stdout, demo.stderr]));
  traces = tracesIn(kept);
});

const of = (place) => traces.filter((trace) => trace.place === place);
const textOf = (place) => of(place).map(({ bytes }) => bytes.toString('latin1')).join('\n');

test('the demo left every trace, and every kind of secret took part', () => {
  assert.deepEqual([...new Set(secrets.map(({ kind }) => kind))].sort(), [...KINDS].sort());
  assert.deepEqual([...new Set(traces.map(({ place }) => place))].sort(), ['database', 'device', 'errors', 'huawei', 'log', 'screen']);
  const names = of('database').map(({ name }) => name);
  for (const name of ['pushseal.db', 'pushseal.db-wal', 'legacy.db']) assert.ok(names.includes(name), `${name} of ${names}`);
  assert.match(textOf('log'), /"level":"TRACE"/);
  assert.match(textOf('log'), /"tag":"PushSeal/);
  assert.match(textOf('device'), /t_push_message/);
  assert.ok(textOf('errors').split('\n').length > 30);
});

test('no secret is where it need not be', () => {
  const found = search(traces, secrets);
  const astray = found.filter(({ kind, place }) => !HOLDERS[kind]?.includes(place));
  const bytes = traces.reduce((sum, trace) => sum + trace.bytes.length, 0);
  console.log(`report: secrets after the demo: ${secrets.length} of ${KINDS.length} kinds looked for in ${traces.length} files, ${bytes} bytes; ${astray.length} found`);
  assert.deepEqual(astray, []);
});

test('a secret is found where it must be', () => {
  const found = search(traces, secrets);
  for (const [kind, places] of Object.entries(HOLDERS)) {
    for (const place of places) assert.ok(found.some((hit) => hit.kind === kind && hit.place === place), `no ${kind} in ${place}`);
  }
});

test('a planted secret is found in each of its forms', () => {
  let planted = 0;
  for (const secret of secrets) {
    for (const [form, bytes] of formsOf(Buffer.from(secret.hex, 'hex'))) {
      const trace = { place: 'log', name: 'planted', bytes: Buffer.concat([Buffer.from('{"a":"'), bytes, Buffer.from('"}')]) };
      assert.ok(search([trace], [secret]).some((hit) => hit.form === form), `${secret.kind}, ${form}`);
      planted += 1;
    }
  }
  assert.ok(planted > 500, `${planted} planted`);
  // In base64 of a text around it, wherever it begins.
  const key = Buffer.from(secrets[0].hex, 'hex');
  for (const before of ['', '1', '12', '123']) {
    const bytes = Buffer.from(Buffer.concat([Buffer.from(before), key, Buffer.from('after')]).toString('base64url'));
    assert.equal(search([{ place: 'log', name: 'planted', bytes }], [secrets[0]]).length > 0, true, `${before.length} bytes before it`);
  }
});
