// Who opens a message, and how: the library, the same by hand, `jose`, and the floor below which nobody gets.
import assert from 'node:assert/strict';
import * as nodeCrypto from 'node:crypto';
import { compactDecrypt } from 'jose';
import { keyringByHand, nodeCryptoOpener, webCryptoOpener } from './by-hand.mjs';
import { contender } from './rounds.mjs';
import { SLICE } from './slice.mjs';

export const OURS = 'openMessage';
export const OURS_PARSED = 'openMessage + JSON.parse';
export const OURS_FIELD = 'openMessage + jsonField';
export const BATCH = 'openMessages, 100 at a time';
export const BY_HAND = 'node:crypto by hand';
export const WEB_CRYPTO = 'WebCrypto by hand';
export const JOSE = 'jose';
export const FLOOR = 'floor';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The library and what an app would write on `node:crypto`; they agree on the message. */
export function ours(native, keys, { payload }, options) {
  native.setKeyring(keys);
  const keyring = keyringByHand(keys);
  const openByHand = nodeCryptoOpener(nodeCrypto);
  const opened = native.openMessage(payload, options);
  assert.deepEqual(openByHand(keyring, payload, options), { ...opened, data: JSON.parse(opened.data) });
  assert.equal(native.jsonField(opened.data, 'type'), JSON.parse(opened.data).type);
  return [
    contender(OURS, () => native.openMessage(payload, options)),
    contender(OURS_PARSED, () => JSON.parse(native.openMessage(payload, options).data)),
    contender(OURS_FIELD, () => native.jsonField(native.openMessage(payload, options).data, 'type')),
    contender(BY_HAND, () => openByHand(keyring, payload, options)),
  ];
}

/** Everyone else; the floor where its addon is there. */
export async function others(native, floor, keys, { payload, data }, options) {
  const keyring = keyringByHand(keys);
  for (const key of keyring) key.imported = await crypto.subtle.importKey('raw', key.bytes, 'AES-GCM', false, ['decrypt']);
  const openByWebCrypto = webCryptoOpener(crypto);
  const openByJose = async () => JSON.parse(utf8.decode((await compactDecrypt(JSON.parse(payload).data, keys[0].key)).plaintext)).data;
  assert.deepEqual((await openByWebCrypto(keyring, payload, options)).data, JSON.parse(data));
  assert.deepEqual(await openByJose(), JSON.parse(data));
  const slice = Array.from({ length: SLICE }, () => payload);
  const list = [
    contender(BATCH, () => native.openMessages(slice, options), SLICE),
    contender(WEB_CRYPTO, () => openByWebCrypto(keyring, payload, options)),
    contender(JOSE, openByJose),
  ];
  if (floor !== undefined) {
    floor.setKey(keys[0].key);
    assert.equal(JSON.stringify(JSON.parse(floor.open(payload)).data), data);
    list.push(contender(FLOOR, () => floor.open(payload)));
  }
  return list;
}
