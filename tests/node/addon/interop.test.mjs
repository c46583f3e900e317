// Messages sealed by npm's `jose` open here.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { CompactEncrypt } from 'jose';
import { loadAddon } from './load.mjs';

const native = loadAddon();
const now = Date.now();
const options = { now, audience: '', allowPlaintext: false, clockSkew: 0 };
const iat = Math.floor(now / 1000) - 1;
const overhead = Buffer.byteLength(JSON.stringify({ iat, data: '' }));

for (const [enc, bytes] of [['A256GCM', 32], ['A128GCM', 16]]) {
  test(`jose ${enc}: 1 byte to the limit, Chinese and emoji`, async () => {
    const key = native.generateKey().slice(0, bytes);
    native.setKeyring([{ keyId: 'jose', key }]);
    const contents = ['', '1', '好', '🔔', '你好，世界 👋'.repeat(100), ...[100, 2000, 3000, 8192 - overhead].map((n) => 'x'.repeat(n))];
    for (const data of contents) {
      const plaintext = new TextEncoder().encode(JSON.stringify({ iat, data }));
      const jwe = await new CompactEncrypt(plaintext).setProtectedHeader({ alg: 'dir', enc, kid: 'jose' }).encrypt(key);
      for (const payload of [jwe, JSON.stringify({ data: jwe, header: { token: 'MA**' } })]) {
        assert.equal(JSON.parse(native.openMessage(payload, options).data), data);
      }
    }
  });
}
