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

const NAMES = ['id', 'from', 'unread', 'price'];
/** An object of so many members. */
const objectOf = (members, n) =>
  Object.fromEntries(Array.from({ length: members }, (_, i) => [i < 4 ? NAMES[i] : `${NAMES[i % 4]}${i}`, [n, `user ${n}`, n % 2 === 0, 12.5][i % 4]]));
const deep = (depth) => (depth === 0 ? { text: 'here', n: 1 } : depth % 2 === 0 ? { next: deep(depth - 1), n: depth } : [depth, deep(depth - 1)]);

/** A message of a chat app, as its backend would push it. */
const CHAT = {
  type: 'chat.message', version: 3, conversation: { id: 'c_7f3a9d20', kind: 'group', title: '周末徒步 Weekend hikers', members: 14, muted: false },
  sender: { id: 'u_10293', name: '李雷', avatar: 'https://cdn.example.com/avatars/u_10293/96.webp?v=18', verified: true },
  message: {
    id: 'm_01J9ZK4Q8W', sentAt: 1764000000123, text: '明早 7:30 在地铁口集合 👍 Bring water, sunscreen & the \"red\" rope.', replyTo: 'm_01J9ZJXX2A',
    mentions: [{ id: 'u_20481', from: 9, to: 14 }, { id: 'u_33310', from: 20, to: 27 }],
    attachments: [
      { kind: 'image', url: 'https://cdn.example.com/i/5d1c.webp', width: 1440, height: 1080, bytes: 183204, blur: 'LKO2?U%2Tw=w]~RBVZRi};RPxuwH' },
      { kind: 'location', lat: 22.543096, lon: 114.057865, name: '梧桐山站 A 出口', precision: 12.5 },
    ],
    reactions: { '👍': 3, '❤️': 1 }, edited: false, expires: null,
  },
  badge: { unread: 27, mentions: 2 }, deeplink: 'example://chat/c_7f3a9d20?m=m_01J9ZK4Q8W', trace: '4bf92f3577b34da6a3ce929d0e0e4736',
};

/** Shapes of JSON that are measured in the core alone. */
export const SHAPES = [
  ...[12, 20, 30, 40].map((members) => ({ name: `3 KB, ${members} members`, bytes: 3072, filler: ENGLISH, items: Array.from({ length: Math.round(60 / members) }, (_, n) => objectOf(members, n)) })),
  { name: '3 KB, one object of 120', bytes: 3072, filler: ENGLISH, items: [objectOf(120, 0)] },
  { name: '3 KB, deep', bytes: 3072, filler: ENGLISH, items: Array.from({ length: 5 }, () => deep(26)) },
  { name: 'chat app', data: JSON.stringify(CHAT) },
];

export const KEY_ID = 'k1';
export const AUDIENCE = 'com.example.app';

/** Data as apps send it, of exactly so many bytes: what it is, a text and, for each 200 bytes, an object of four members. */
function dataOf({ bytes, filler, flat = false, items = Array.from({ length: flat ? 0 : Math.floor(bytes / 200) }, (_, n) => objectOf(4, n)), data }) {
  if (data !== undefined) return data;
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
  const messages = await Promise.all([...MESSAGES, ...SHAPES].map((kind) => messageOf(kind, key)));
  writeFileSync(argv[2], JSON.stringify({ key: Buffer.from(key).toString('hex'), keyId: KEY_ID, options: openOptions(), messages }));
}
