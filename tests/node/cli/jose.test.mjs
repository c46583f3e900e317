// Messages sealed by the `pushseal` program open with npm's `jose`, and the reverse. PUSHSEAL names the program.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CompactEncrypt, base64url, compactDecrypt } from 'jose';

const program = process.env.PUSHSEAL;
if (!program) throw new Error('PUSHSEAL names no program: run `cargo xtask test`');

const overhead = '{"iat":1700000000,"data":""}'.length;
const CONTENTS = ['y'.repeat(8192 - overhead), '', 'x', '好', '🔔', '你好，世界 👨‍👩‍👧'.repeat(40), 'x'.repeat(4000), 'quotes " and \\ backslashes \n'];

for (const [enc, bytes] of [['A256GCM', 32], ['A128GCM', 16]]) {
  const entry = JSON.parse(execFileSync(program, ['keygen', '--bytes', String(bytes)], { encoding: 'utf8' }));
  const key = base64url.decode(entry.key);

  /** Runs the program with the key in a file of its own. */
  function run(command, lines) {
    const folder = mkdtempSync(path.join(tmpdir(), 'pushseal-jose-'));
    try {
      const file = path.join(folder, 'device.key');
      writeFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
      return spawnSync(program, [command, '--key-file', file], { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test(`${enc}: jose opens what pushseal seals`, async () => {
    const { stdout, status } = run('seal', CONTENTS.map((text) => JSON.stringify(text)));
    assert.equal(status, 0);
    const sealed = stdout.trimEnd().split('\n');
    assert.equal(sealed.length, CONTENTS.length);
    for (const [i, jwe] of sealed.entries()) {
      const { plaintext, protectedHeader } = await compactDecrypt(jwe, key);
      assert.deepEqual(protectedHeader, { alg: 'dir', enc, kid: entry.keyId });
      assert.equal(JSON.parse(new TextDecoder().decode(plaintext)).data, CONTENTS[i]);
    }
  });

  test(`${enc}: pushseal opens what jose seals, and names the line of what it cannot`, async () => {
    const iat = Math.floor(Date.now() / 1000);
    const seal = (data) => new CompactEncrypt(new TextEncoder().encode(JSON.stringify({ iat, data })))
      .setProtectedHeader({ alg: 'dir', enc, kid: entry.keyId }).encrypt(key);
    const sealed = await Promise.all(CONTENTS.map(seal));
    const { stdout, stderr, status } = run('open', [...sealed, 'not a message', sealed[0]]);
    assert.equal(stdout.trimEnd().split('\n').filter((line) => JSON.parse(line).sealed === true).length, CONTENTS.length + 1);
    assert.match(stderr, new RegExp(`${CONTENTS.length + 1}.*2002`));
    assert.notEqual(status, 0);
  });
}
