import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { check, etsFiles } from './check.mjs';

const negative = path.join(import.meta.dirname, 'negative');
const root = path.join(import.meta.dirname, '..', '..', '..');

test('every negative sample is rejected with the rule it breaks', () => {
  const samples = etsFiles(negative);
  const problems = check([negative]);
  for (const file of samples) {
    const expected = /^\/\/ rejected by: (\S+)/.exec(readFileSync(file, 'utf8'))?.[1];
    const found = problems.filter((problem) => problem.file === file).map((problem) => problem.rule);
    assert.ok(found.includes(expected), `${path.basename(file)}: expected ${expected}, found [${found}]`);
  }
  assert.equal(samples.length, 24);
});

test('the HAR and the example app have no problem', () => {
  const problems = check([path.join(root, 'arkts'), path.join(root, 'entry')]);
  assert.deepEqual(problems, []);
});
