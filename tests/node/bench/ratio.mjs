// How long `openMessage` takes beside the same work by hand on `node:crypto`: one process, alternating rounds, medians.
import { CompactEncrypt } from 'jose';
import { openByHand } from './by-hand.mjs';

const ROUNDS = 15;
const CALLS = 2000;

/** A message whose text has about `bytes` bytes of data, sealed by `jose`, in Push Kit's envelope. */
async function payloadOf(key, bytes) {
  const items = Array.from({ length: Math.max(1, Math.round(bytes / 200)) }, (_, i) => ({ id: i, from: `user ${i}`, unread: i % 2 === 0, price: 12.5 }));
  const filler = 'Your parcel has left the warehouse and is on its way to you. ';
  const text = filler.repeat(Math.max(1, Math.round((bytes - JSON.stringify(items).length) / filler.length)));
  const iat = Math.floor(Date.now() / 1000);
  const plaintext = JSON.stringify({ iat, jti: 'message-0001', aud: 'com.example.app', data: { text, items } });
  const jwe = await new CompactEncrypt(new TextEncoder().encode(plaintext)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: 'k1' }).encrypt(key);
  return JSON.stringify({ data: jwe, header: { token: 'MA**' } });
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

function round(call) {
  const begin = performance.now();
  for (let i = 0; i < CALLS; i++) call();
  return ((performance.now() - begin) * 1000) / CALLS;
}

/** Measures with the loaded library; answers µs per call for a payload of about so many bytes of data. */
export async function measure(native, bytes) {
  const key = native.generateKey();
  native.setKeyring([{ keyId: 'k1', key }]);
  const payload = await payloadOf(key, bytes);
  const options = { now: Date.now(), audience: 'com.example.app', allowPlaintext: false, clockSkew: 0 };
  const keys = new Map([['k1', Buffer.from(key)]]);
  const contenders = {
    text: () => native.openMessage(payload, options),
    parsed: () => JSON.parse(native.openMessage(payload, options).data),
    byHand: () => openByHand(keys, payload, options),
  };
  if (JSON.stringify(contenders.parsed()) !== JSON.stringify(contenders.byHand().data)) throw new Error('the contenders disagree');
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let i = 0; i < ROUNDS + 3; i++) {
    for (const [name, call] of Object.entries(contenders)) {
      const time = round(call);
      if (i >= 3) times[name].push(time);
    }
  }
  const [text, parsed, byHand] = ['text', 'parsed', 'byHand'].map((name) => median(times[name]));
  return { payload: payload.length, text, parsed, byHand, ratio: text / byHand, ratioParsed: parsed / byHand };
}

/** A line for people. */
export function ratioLine({ payload, text, parsed, byHand, ratio, ratioParsed }) {
  const us = (time) => `${time.toFixed(1)} µs`;
  return `payload of ${payload} characters: openMessage ${us(text)}, with JSON.parse of the data ${us(parsed)}, by hand on node:crypto ${us(byHand)}: `
    + `ratios ${ratio.toFixed(2)} and ${ratioParsed.toFixed(2)}`;
}
