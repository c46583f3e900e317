// The pages of the example app, as far as their sources show it: texts in both languages, labels for screen readers, room for large fonts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { importInApp, makeDevice } from './app.mjs';
import { etsFiles } from './files.mjs';
import { components, literals, resources } from './ui-tree.mjs';

const root = path.join(import.meta.dirname, '..', '..', '..');
const main = path.join(root, 'entry/src/main');
const sources = etsFiles(path.join(main, 'ets'));
const built = components(sources);
const strings = (variant) =>
  new Map(JSON.parse(readFileSync(path.join(main, `resources/${variant}/element/string.json`), 'utf8')).string.map(({ name, value }) => [name, value]));
const [english, chinese] = ['base', 'zh_CN'].map(strings);

const SHOWS_TEXT = new Set(['Text', 'Span', 'Button', 'TextInput', 'Card', 'NamedValue']);
const READ_ALOUD = ['accessibilityText', 'accessibilityDescription'];

test('no text that a user reads or hears is written into the sources: each comes from the resources', () => {
  for (const { name, args, attributes, where } of built) {
    const shown = [...(SHOWS_TEXT.has(name) ? args : []), ...READ_ALOUD.flatMap((attribute) => attributes.get(attribute) ?? [])];
    for (const text of shown.flatMap(literals)) assert.doesNotMatch(text, /\p{L}/u, `${where}: ${name} shows "${text}"`);
  }
});

test('both languages have each text once, with the same values in it, and none that nothing uses', () => {
  assert.deepEqual([...chinese.keys()], [...english.keys()]);
  const values = (text) => text.match(/%[ds]/g) ?? [];
  for (const [name, text] of english) {
    assert.ok(text.length > 0 && chinese.get(name).length > 0, name);
    assert.deepEqual(values(chinese.get(name)), values(text), name);
  }
  const used = [...sources, ...['module.json5'].map((file) => path.join(main, file)), path.join(root, 'AppScope/app.json5')]
    .map((file) => readFileSync(file, 'utf8')).join('\n');
  const named = (name) => new RegExp(`app\\.string\\.${name}'|\\$string:${name}'|NameSync\\('${name}'`).test(used);
  assert.deepEqual([...english.keys()].filter((name) => !named(name)), []);
});

test('a screen reader says what can be tapped or filled in', () => {
  const tapped = built.filter(({ name, attributes }) => attributes.has('onClick') || name === 'TextInput');
  assert.ok(tapped.length > 5, `${tapped.length} found`);
  for (const { name, args, attributes, where } of tapped) {
    const labels = [...(name === 'Button' ? args : []), ...(attributes.get('accessibilityText') ?? [])].flatMap(resources);
    assert.ok(labels.length > 0, `${where}: ${name} has no label`);
    assert.ok(name === 'Button' || name === 'TextInput' || attributes.has('accessibilityGroup'), `${where}: ${name} is read in pieces`);
  }
});

test('with large fonts a page scrolls, and nothing that holds text has a fixed height', () => {
  const pages = built.filter(({ name }) => name === 'Navigation' || name === 'NavDestination');
  assert.equal(pages.length, 2);
  for (const { name, where } of pages) {
    assert.ok(built.some((child) => child.name === 'Scroll' && child.parents.at(-1) === name && sameFile(child, where)), `${where}: ${name} has a Scroll in it`);
  }
  for (const { name, attributes, where } of built) {
    const height = attributes.get('height')?.[0].getText();
    assert.ok(height === undefined || (height === "'100%'" && name === 'Scroll'), `${where}: ${name} has the height ${height}`);
    assert.ok(!attributes.has('maxLines') || attributes.has('textOverflow'), `${where}: ${name} cuts text off without saying it`);
  }
});

const sameFile = (component, where) => component.where.split(':')[0] === where.split(':')[0];

/** `Words.ets` in a process of the app, where a resource is its name. */
async function words(t) {
  const device = makeDevice();
  t.after(() => device.process.kill());
  globalThis.$r = (name) => name;
  const { module } = await importInApp(device, path.join(main, 'ets/components/Words.ets'));
  const { module: pushseal } = await importInApp(device, path.join(root, 'arkts/Index.ets'));
  return { ...module, pushseal };
}

const exists = (resource) => english.has(resource.replace('app.string.', ''));

test('each state, each path and each reason has a word of its own language', async (t) => {
  const { pushseal, wordOfPath, wordOfProblem, wordOfState } = await words(t);
  const { DeliveryPath, ProblemReason, PushSealError, RegistrationState } = pushseal;
  const names = Object.keys(PushSealError).filter((name) => Number.isNaN(Number(name)));
  assert.ok(names.includes('Expired') && Object.values(ProblemReason).includes('HandlerCrashed'));
  for (const state of [null, ...Object.values(RegistrationState)]) assert.ok(exists(wordOfState(state)), `${state}`);
  for (const way of Object.values(DeliveryPath)) assert.ok(exists(wordOfPath(way)), way);
  for (const reason of [...Object.values(ProblemReason), ...names]) assert.ok(exists(wordOfProblem(reason)), reason);
  for (const reason of Object.values(ProblemReason)) assert.notEqual(wordOfProblem(reason), 'app.string.problem_unreadable', reason);
});

test('what became of a call has a word: taken, refused, or not opened', async (t) => {
  const { wordOfCall } = await words(t);
  const word = (problem, refused) => wordOfCall({ callId: 'c', caller: '', problem, refused }).replace('app.string.', '');
  const found = [word('', 0), word('', 1), word('Expired', 0)];
  assert.deepEqual(found, ['call_taken', 'call_refused', 'call_unopened']);
  for (const name of found) assert.ok(english.has(name), name);
});

test('a registration that failed says what to do, by its code', async (t) => {
  const { pushseal, adviceFor } = await words(t);
  const { RegistrationState } = pushseal;
  const advice = (state, code = 0) => adviceFor({ state, deviceId: '', token: '', reason: '', code, message: '' });
  const failed = (code) => advice(RegistrationState.Failed, code);
  const expected = {
    1000900010: 'profile', 1000900012: 'console', 1000900013: 'console', 1000900014: 'console', 401: 'sign_in_again', 403: 'sign_in_again', 404: 'backend',
    503: 'backend', 2300007: 'network', 2300060: 'network', 24000001: 'keys', 1000900009: 'later', 0: 'later',
  };
  for (const [code, name] of Object.entries(expected)) assert.equal(failed(Number(code)), `app.string.advice_${name}`, code);
  for (const name of new Set(Object.values(expected))) assert.ok(exists(`app.string.advice_${name}`), name);
  assert.equal(advice(RegistrationState.NoConsent), 'app.string.advice_consent');
  assert.equal(advice(RegistrationState.NotUnlocked), 'app.string.advice_unlock');
  assert.equal(advice(RegistrationState.Unregistered), 'app.string.advice_sign_in');
  assert.equal(advice(RegistrationState.Registered), null);
  assert.equal(advice(RegistrationState.Current), null);
});
