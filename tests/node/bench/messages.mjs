// The messages that are measured, sealed by `jose`. As a program it writes them as JSON into the file that it is given.
import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { CompactEncrypt } from 'jose';

/** The app's data in bytes of JSON text, and the sentence that fills it up. */
const ENGLISH = 'Your parcel has left the warehouse and is on its way to you. ';
const CHINESE = '您的包裹已从仓库发出，正在配送途中，请保持电话畅通。';
export const MESSAGES = [
  { name: '100 B', bytes: 100, filler: ENGLISH },
  { name: '300 B', bytes: 300, filler: ENGLISH },
  { name: '1 KB', bytes: 1024, filler: ENGLISH },
  { name: '3 KB', bytes: 3072, filler: ENGLISH },
  { name: '3 KB, Chinese', bytes: 3072, filler: CHINESE },
  { name: '3 KB, one text', bytes: 3072, filler: ENGLISH, flat: true },
];

export const KEY_ID = 'k1';
export const AUDIENCE = 'com.example.app';

/** Data as apps send it, of exactly so many bytes: what it is, a text and, for each 200 bytes, an object of four members. */
function dataOf({ bytes, filler, flat = false }) {
  const items = Array.from({ length: flat ? 0 : Math.floor(bytes / 200) }, (_, i) => ({ id: i, from: `user ${i}`, unread: i % 2 === 0, price: 12.5 }));
  const room = bytes - Buffer.byteLength(JSON.stringify({ type: 'parcel', text: '', items }));
  let text = '';
  for (let i = 0; Buffer.byteLength(text) + 3 <= room; i++) text += filler[i % filler.length];
  return JSON.stringify({ type: 'parcel', text: text.padEnd(text.length + room - Buffer.byteLength(text), '.'), items });
}

/** Seals one of `MESSAGES` and puts it into Push Kit's envelope. */
export async function messageOf(kind, key, id = 'message-0001') {
  const data = dataOf(kind);
  const issuedAt = Math.floor(Date.now() / 1000);
  const plaintext = `{"iat":${issuedAt},"jti":"${id}","aud":"${AUDIENCE}","data":${data}}`;
  const header = { alg: 'dir', enc: 'A256GCM', kid: KEY_ID };
  const jwe = await new CompactEncrypt(new TextEncoder().encode(plaintext)).setProtectedHeader(header).encrypt(key);
  return { name: kind.name, bytes: Buffer.byteLength(data), id, issuedAt, data, payload: JSON.stringify({ data: jwe, header: { token: 'MA**' } }) };
}

/** How the messages are opened. */
export const openOptions = () => ({ now: Date.now(), audience: AUDIENCE, allowPlaintext: false, clockSkew: 0 });

if (argv[1] === fileURLToPath(import.meta.url)) {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const messages = await Promise.all(MESSAGES.map((kind) => messageOf(kind, key)));
  writeFileSync(argv[2], JSON.stringify({ key: Buffer.from(key).toString('hex'), keyId: KEY_ID, options: openOptions(), messages }));
}
