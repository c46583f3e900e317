// The suites of `src/ohosTest`, which DevEco Studio runs on a device, on the doubles and the library built for this machine.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import JSON5 from 'json5';
import { har, importInApp, makeDevice } from './app.mjs';
import { etsFiles } from './files.mjs';

// The module hooks that app.mjs registers find it.
const { Hypium, describe, expect, it } = await import('@ohos/hypium');

const root = path.join(import.meta.dirname, '..', '..', '..');
const suitesOf = (module) => path.join(path.dirname(har), '..', module, 'src/ohosTest/ets/test');
const suites = suitesOf('arkts');

/** Runs the suites as the device's test runner does, which hands Hypium a delegator; gives what was reported of each test. */
async function run(testsuite) {
  const reported = [];
  let suite = '';
  const said = { ...console };
  Object.assign(console, { info: () => {}, debug: () => {}, log: () => {}, error: () => {} });
  await new Promise((finished) => {
    const printSync = (message) => {
      const [, begun] = /class=(.*)\n/.exec(message) ?? [];
      suite = begun ?? suite;
      const [, name] = /STATUS: test=(.*)\n/.exec(message) ?? [];
      const [, code] = /STATUS_CODE: (-?\d)\n/.exec(message) ?? [];
      if (code !== undefined && code !== '1') reported.push({ name: `${suite} ${name}`, passed: code === '0', message });
    };
    Hypium.hypiumTest({ printSync, finishTest: finished }, { parameters: {} }, testsuite);
  });
  Object.assign(console, said);
  return reported;
}

for (const [module, what] of [['arkts', 'the HAR'], ['entry', 'the example app']]) {
  test(`the on-device suites of ${what} pass here`, async (t) => {
    const device = makeDevice();
    t.after(() => device.process.kill());
    const { module: list } = await importInApp(device, path.join(suitesOf(module), 'List.test.ets'));
    const reported = await run(list.default);
    for (const { name, passed, message } of reported) await t.test(name, () => assert.ok(passed, message));
    const declared = etsFiles(suitesOf(module)).filter((file) => file.endsWith('.test.ets') && !file.endsWith('List.test.ets'));
    assert.ok(declared.length > 0, 'it has suites');
    assert.equal(new Set(reported.map(({ name }) => name.split(' ')[0])).size, declared.length, 'every suite ran');
    console.log(`report: ${reported.length} on-device tests in ${declared.length} Hypium suites of ${what}, run in Node`);
  });
}

test('a wrong expectation fails', async () => {
  const reported = await run(() => describe('Wrong', () => it('isWrong', 0, () => expect(1).assertEqual(2))));
  assert.deepEqual(reported.filter(({ name }) => name === 'Wrong isWrong').map(({ passed }) => passed), [false]);
});

test('the known answers of the device are those of the vectors', async (t) => {
  const device = makeDevice();
  t.after(() => device.process.kill());
  const { module } = await importInApp(device, path.join(suites, 'KnownAnswers.ets'));
  const { cases } = JSON.parse(readFileSync(path.join(root, 'tests/vectors/open.json'), 'utf8'));
  const keys = module.knownKeys().map(({ keyId, key }) => ({ keyId, key: Buffer.from(key).toString('hex') }));
  for (const { name, payload, id, data, code, errorName } of module.KNOWN_ANSWERS) {
    const vector = cases.find((vector) => vector.name === name);
    assert.deepEqual(vector.options, { now: module.NOW, audience: 'com.example.app', allowPlaintext: false, clockSkew: 0 }, name);
    assert.deepEqual([vector.payload, vector.keys], [payload, keys], name);
    const { message, ...error } = vector.expected;
    if (message === undefined) assert.deepEqual(error, { code, name: errorName }, name);
    else assert.deepEqual([message.id, message.data, code, errorName], [id, data, 0, ''], name);
  }
});

test('the framework is the one that the project names', () => {
  const { devDependencies } = JSON5.parse(readFileSync(path.join(root, 'oh-package.json5'), 'utf8'));
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'tests/node/package.json'), 'utf8'));
  assert.equal(devDependencies['@ohos/hypium'], dependencies['@ohos/hypium']);
});
