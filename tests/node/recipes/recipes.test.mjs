// The recipes of docs/recipes.md, as they stand there: what they seal, the library opens. PUSHSEAL names the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const program = process.env.PUSHSEAL;
if (!program) throw new Error('PUSHSEAL names no program: run `cargo xtask test`');
const page = readFileSync(new URL('../../../docs/recipes.md', import.meta.url), 'utf8');
const BUNDLE = 'com.example.app';
const DATA = ['{"order":17,"text":"你好 🔔"}', '9007199254740991', '"quotes \\" and \\\\"', `"${'x'.repeat(2000)}"`];

/** The first block of a language. */
function recipe(language) {
  const found = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(page);
  assert.ok(found, `docs/recipes.md has no ${language}`);
  return found[1];
}

/** Runs `command` with key file, bundle and data; opens what it prints. */
function sealsForUs(folder, command, args) {
  for (const bytes of ['32', '16']) {
    const keyFile = path.join(folder, `key-${bytes}.json`);
    writeFileSync(keyFile, execFileSync(program, ['keygen', '--bytes', bytes]), { mode: 0o600 });
    for (const data of DATA) {
      const sealed = execFileSync(command, [...args, keyFile, BUNDLE, data], { encoding: 'utf8' }).trim();
      const opened = spawnSync(program, ['open', '--key-file', keyFile, '--aud', BUNDLE], { input: `${sealed}\n`, encoding: 'utf8' });
      assert.equal(opened.status, 0, opened.stderr);
      const message = JSON.parse(opened.stdout);
      assert.deepEqual(message.data, JSON.parse(data));
      assert.equal(message.sealed, true);
      assert.equal(message.id.length, 36, 'the recipe gave an id');
      assert.equal(message.expiresAt - message.issuedAt, 3_600_000);
    }
  }
}

/** The recipe in a file of its own: `near` where its packages are found. */
function withFile(near, name, language, run) {
  const folder = mkdtempSync(path.join(near, 'recipe-'));
  try {
    const file = path.join(folder, name);
    writeFileSync(file, recipe(language));
    run(folder, file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('Node with jose', () => withFile(import.meta.dirname, 'seal.mjs', 'js', (folder, file) => sealsForUs(folder, process.execPath, [file])));

const python = process.env.PUSHSEAL_PYTHON;
test('Python with jwcrypto', { skip: python === undefined && 'PUSHSEAL_PYTHON names no interpreter' }, () =>
  withFile(tmpdir(), 'seal.py', 'python', (folder, file) => sealsForUs(folder, python, [file])));

const javac = spawnSync('javac', ['-version']).status === 0;
test('Java', { skip: !javac && 'no JDK is installed here' }, () =>
  withFile(tmpdir(), 'Seal.java', 'java', (folder, file) => {
    execFileSync('javac', ['-d', folder, file]);
    sealsForUs(folder, 'java', ['-XX:TieredStopAtLevel=1', '-cp', folder, 'Seal']);
  }));

const php = spawnSync('php', ['-r', 'exit(extension_loaded("openssl") ? 0 : 1);']).status === 0;
test('PHP', { skip: !php && 'PHP with openssl is not installed here' }, () =>
  withFile(tmpdir(), 'seal.php', 'php', (folder, file) => {
    sealsForUs(folder, 'php', [file]);
    // A key id of an older registration may have characters that PHP escapes without being told not to.
    const [bytes, keyId] = [randomBytes(32), 'k/1&2+3~'];
    const keyFile = path.join(folder, 'slash.json');
    writeFileSync(keyFile, JSON.stringify({ keyId, key: bytes.toString('base64url') }), { mode: 0o600 });
    const sealed = execFileSync('php', [file, keyFile, BUNDLE, '{"url":"https:\\/\\/x"}'], { encoding: 'utf8' });
    const opened = spawnSync(program, ['open', '--key-file', keyFile, '--aud', BUNDLE], { input: sealed, encoding: 'utf8' });
    assert.equal(opened.status, 0, opened.stderr);
    assert.deepEqual(JSON.parse(opened.stdout).data, { url: 'https://x' });
  }));
