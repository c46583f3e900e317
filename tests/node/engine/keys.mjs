// The keyring.

export function keyTests(tools) {
  const { native, test, equal, refused, invalid, bytes, keyring, good, options, load } = tools;

  test('the keyring is replaced as a whole and forgotten', () => {
    load();
    native.openMessage(good.payload, options());
    native.setKeyring([{ keyId: 'other', key: new Uint8Array(16) }]);
    refused(() => native.openMessage(good.payload, options()), 1002, 'UnknownKey', 'after a replacement');
    native.clearKeyring();
    refused(() => native.openMessage(good.payload, options()), 1001, 'NoKeyring', 'after clearing');
  });

  test('keys are copied, and a bad list changes nothing', () => {
    const keys = keyring(good.keys);
    native.setKeyring(keys);
    for (const entry of keys) entry.key.fill(0);
    native.openMessage(good.payload, options());
    const key = new Uint8Array(32);
    const bad = [
      undefined, null, {}, 'keys', [1], [{}], [{ keyId: 'k' }], [{ keyId: 'k', key: 'text' }], [{ keyId: 7, key }], [{ keyId: '', key }],
      [{ keyId: '0123456789abcdefg', key }], [{ keyId: 'k"', key }], [{ keyId: 'ключ', key }], [{ keyId: 'k', key: [1, 2, 3] }],
      [{ keyId: 'k', key: key.buffer }], [{ keyId: 'k', key: new Uint16Array(16) }], [{ keyId: 'k', key: new Uint8ClampedArray(32) }],
      [{ keyId: 'k', key: new Uint8Array(31) }], [{ keyId: 'k', key: new Uint8Array(0) }], [{ keyId: 'k', key: new DataView(key.buffer) }],
      [{ keyId: 'k', key }, { keyId: 'k', key }], Array.from({ length: 17 }, (_, i) => ({ keyId: `k${i}`, key })),
    ];
    bad.forEach((list, i) => invalid(() => native.setKeyring(list), `list ${i}`));
    invalid(() => native.setKeyring([{ keyId: 'k', key: new Uint8Array(33) }]), '33 bytes');
    native.openMessage(good.payload, options());
  });

  test('a key that is a part of a larger buffer is read from its own place', () => {
    const all = new Uint8Array(100);
    const entry = good.keys[0];
    all.set(bytes(entry.key), 40);
    native.setKeyring([{ keyId: entry.keyId, key: all.subarray(40, 72) }]);
    native.openMessage(good.payload, options());
  });

  test('generated keys have 32 bytes and differ', () => {
    const seen = {};
    for (let i = 0; i < 100; i++) {
      const key = native.generateKey();
      if (!(key instanceof Uint8Array)) throw new Error('no Uint8Array');
      equal(key.length, 32, 'length');
      equal(key.buffer.byteLength, 32, 'buffer');
      seen[key.join()] = true;
    }
    equal(Object.keys(seen).length, 100, 'different keys');
    native.setKeyring([{ keyId: 'new', key: native.generateKey() }]);
  });
}
