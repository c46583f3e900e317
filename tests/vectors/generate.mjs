// Writes open.json: payloads with the outcome that every implementation must have, for every language.
//
//   node tests/vectors/generate.mjs      (needs `npm ci` in tests/node)
//
// Messages that must open are sealed by npm's `jose`; messages that break a rule are sealed by Node's crypto, because no
// library makes them. Initialisation vectors follow from the case's name, so that a new run changes only what changed.
import { createCipheriv, createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../node/package.json', import.meta.url));
const { CompactEncrypt } = await import(require.resolve('jose'));

const NOW = 1_700_000_000_000;
const IAT = NOW / 1000 - 60;
const KEYS = {
  'device-256': Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex'),
  'device-128': Buffer.from('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 'hex'),
  'unregistered': Buffer.alloc(32, 7),
};
const KEYRING = ['device-256', 'device-128'].map((keyId) => ({ keyId, key: KEYS[keyId].toString('hex') }));
const OPTIONS = { now: NOW, audience: 'com.example.app', allowPlaintext: false, clockSkew: 0 };

const b64 = (bytes) => Buffer.from(bytes).toString('base64url');
const ivOf = (name) => createHash('sha256').update(name).digest().subarray(0, 12);
const encOf = (key) => (key.length === 16 ? 'A128GCM' : 'A256GCM');
const headerOf = (kid) => ({ alg: 'dir', enc: encOf(KEYS[kid]), kid });

/** Seals with `jose`. */
async function jose(name, kid, plaintext, header = headerOf(kid)) {
  return new CompactEncrypt(Buffer.from(plaintext))
    .setProtectedHeader(header)
    .setInitializationVector(ivOf(name))
    .encrypt(KEYS[kid]);
}

/** Seals any bytes under any header text. */
function raw(name, kid, plaintext, header = JSON.stringify(headerOf(kid)), key = KEYS[kid]) {
  const iv = ivOf(name);
  const aad = b64(header);
  const cipher = createCipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(aad));
  const text = Buffer.concat([cipher.update(Buffer.from(plaintext)), cipher.final()]);
  return [aad, '', b64(iv), b64(text), b64(cipher.getAuthTag())].join('.');
}

const cases = [];
const ERRORS = {
  NoKeyring: 1001, UnknownKey: 1002, TooLarge: 2001, Malformed: 2002, Unsupported: 2003, DecryptionFailed: 2004,
  Expired: 2005, WrongAudience: 2006, NotSealed: 2007, UnsafeJson: 2008,
};

function add(name, payload, expected, { options = {}, keys = KEYRING } = {}) {
  if (cases.some((other) => other.name === name)) throw new Error(`two cases are called ${name}`);
  cases.push({ name, keys, options: { ...OPTIONS, ...options }, payload, expected });
}
const refuse = (name, payload, error, more) => add(name, payload, { code: ERRORS[error], name: error }, more);

function opened(name, kid, jwe, claims, data) {
  const [, , iv, , tag] = jwe.split('.');
  return {
    message: {
      id: claims.jti ?? `${kid}.${iv}.${tag}`,
      keyId: kid,
      issuedAt: claims.iat * 1000,
      expiresAt: (claims.exp ?? claims.iat + 15 * 86400) * 1000,
      sealed: true,
      data: claims.ref ? '' : data,
      reference: claims.ref ?? null,
    },
  };
}

/** A message that opens; `data` is JSON text, kept to the letter. */
async function open(name, kid, claims, data, { wrap = (jwe) => jwe, header, more } = {}) {
  const text = JSON.stringify({ iat: IAT, ...claims, data: 0 }).replace(/"data":0\}$/, `"data":${data}}`);
  const jwe = await jose(name, kid, text, header);
  add(name, wrap(jwe), opened(name, kid, jwe, { iat: IAT, ...claims }, data), more);
}

// --- messages that open
await open('A256GCM, smallest data', 'device-256', {}, '1');
await open('A128GCM, smallest data', 'device-128', {}, '1');
await open('A256GCM with every claim', 'device-256', { exp: IAT + 3600, jti: 'message-1', aud: 'com.example.app' }, '{"a":[1,2.5,-3e2,null,true],"b":{"c":"d"}}');
await open('A128GCM with every claim', 'device-128', { exp: IAT + 3600, jti: 'message-2', aud: 'com.example.app' }, '["x"]');
await open('Chinese and emoji', 'device-256', { jti: '消息-1' }, '{"标题":"你好，世界","emoji":"🔔👨‍👩‍👧"}');
await open('escapes are kept to the letter', 'device-256', {}, '"\\u4f60\\n\\ud83d\\ude00\\/"');
await open('white space is kept to the letter', 'device-256', {}, '{ "a" :\t1 }');
await open('largest safe integer', 'device-256', {}, '9007199254740991');
await open('32 levels deep', 'device-256', {}, '['.repeat(31) + ']'.repeat(31));
await open('names differ in case', 'device-256', {}, '{"a":1,"A":2}');
await open('plaintext of 8192 bytes', 'device-256', {}, JSON.stringify('x'.repeat(8192 - `{"iat":${IAT},"data":""}`.length)));
await open('3 KB of Chinese', 'device-128', {}, JSON.stringify('推送'.repeat(500)));
await open('header in another order', 'device-256', {}, '1', { header: { kid: 'device-256', enc: 'A256GCM', alg: 'dir', typ: 'JWE', cty: 'json' } });
await open('unknown claims are ignored', 'device-256', { iss: 'x', sub: 1 }, '1');
await open('no audience stated by the app', 'device-256', { aud: 'com.other' }, '1', { more: { options: { audience: '' } } });
await open('last millisecond before exp', 'device-256', { exp: IAT + 61 }, '1', { more: { options: { now: (IAT + 61) * 1000 - 1 } } });
await open('past exp but within the clock skew', 'device-256', { exp: IAT + 61 }, '1', { more: { options: { now: (IAT + 61) * 1000 + 29_999, clockSkew: 30 } } });
await open('issued in the future', 'device-256', { iat: IAT + 7200 }, '1');
const reference = { id: 'att_1-A', size: 1048597, sha256: b64(Buffer.alloc(32, 9)), key: b64(Buffer.alloc(16, 5)) };
{
  const name = 'a claim check';
  const claims = { iat: IAT, jti: 'ref-1', ref: reference };
  const jwe = await jose(name, 'device-256', JSON.stringify(claims));
  add(name, jwe, opened(name, 'device-256', jwe, claims));
}
// --- every envelope
const plain = JSON.stringify;
await open('envelope: background and call', 'device-256', {}, '1', { wrap: (jwe) => plain({ data: jwe, header: { token: 'MA**' } }) });
await open('envelope: instant message', 'device-256', {}, '1', { wrap: (jwe) => plain({ messageAction: 1, notification: { title: '标题', body: 'Ģģ"\\' }, data: jwe }) });
await open('envelope: row of t_push_message', 'device-256', {}, '1', { wrap: (jwe) => plain({ data: jwe }) });
await open('envelope: clickAction.data', 'device-256', {}, '1', { wrap: (jwe) => plain({ pushseal: jwe, 'ohos.aafwk.param': 1 }) });
await open('envelope: message.data of v1', 'device-256', {}, '1', { wrap: (jwe) => plain({ data: plain({ pushseal: jwe }) }) });
await open('envelope: with escapes and white space', 'device-256', {}, '1', { wrap: (jwe) => ` { "data" : "${jwe.replaceAll('.', '\\u002e')}" } ` });
await open('envelope: names with escapes', 'device-256', {}, '1', { wrap: (jwe) => `{"\\u0070ushseal":"${jwe}"}` });
await open('envelope: data with escapes in its name', 'device-256', {}, '1', { wrap: (jwe) => `{"d\\u0061ta":"${jwe}"}` });
for (const [what, other] of [
  ['a 64-bit integer', '"id":18446744073709551615'],
  ['a number that overflows', '"id":1e999'],
  ['a repeated name', '"a":1,"a":2'],
  ['a repeated name inside', '"header":{"token":"a","token":"b"}'],
  ['half of a surrogate pair', '"notification":{"title":"\\ud83d"}'],
  ['half of a surrogate pair in a name', '"\\udd14":1'],
  ['33 levels', `"a":${'['.repeat(33)}${']'.repeat(33)}`],
]) {
  await open(`envelope: ${what} before data`, 'device-256', {}, '1', { wrap: (jwe) => `{${other},"data":"${jwe}"}` });
  await open(`envelope: ${what} beside pushseal inside data`, 'device-256', {}, '1', { wrap: (jwe) => plain({ data: `{"pushseal":"${jwe}",${other}}` }) });
}
await open('envelope: data twice, the last counts', 'device-256', {}, '1', { wrap: (jwe) => `{"data":"x","data":"${jwe}"}` });

// --- plain JSON
const hash = (text) => `plain.${b64(createHash('sha256').update(text).digest())}`;
const unsealed = (data) => ({ message: { id: hash(data), keyId: '', issuedAt: NOW, expiresAt: NOW + 15 * 86_400_000, sealed: false, data, reference: null } });
const allow = { options: { allowPlaintext: true } };
add('plain JSON, allowed', plain({ data: '{"a":"好"}' }), unsealed('{"a":"好"}'), allow);
add('plain JSON without an envelope, allowed', '{"a":1}', unsealed('{"a":1}'), allow);
add('plain text of an envelope with other members, allowed', plain({ type: 'chat', data: '42' }), unsealed('42'), allow);
refuse('an alert without data, plain JSON allowed', plain({ data: '', header: {} }), 'NotSealed', allow);
refuse('plain JSON, not allowed', plain({ data: '{"a":1}' }), 'NotSealed');
refuse('an alert without data', plain({ data: '', header: {} }), 'NotSealed');
refuse('an empty payload', '', 'NotSealed');
refuse('plain JSON with a name twice, allowed', plain({ data: '{"a":1,"a":2}' }), 'UnsafeJson', allow);
add('plain JSON beside a 64-bit integer, allowed', '{"id":18446744073709551615,"data":"[1]"}', unsealed('[1]'), allow);
refuse('plain JSON with half of a surrogate pair, allowed', '{"data":"[\\"\\ud83d\\"]"}', 'UnsafeJson', allow);
refuse('plain JSON without an envelope and with a 64-bit integer, allowed', '{"id":18446744073709551615}', 'UnsafeJson', allow);
refuse('text that is no JSON, allowed', plain({ data: 'hello' }), 'Malformed', allow);

// --- keys
const good = await jose('good', 'device-256', plain({ iat: IAT, data: 1 }));
const [header, , iv, ciphertext, tag] = good.split('.');
const parts = (changed) => { const all = { header, key: '', iv, ciphertext, tag, ...changed }; return [all.header, all.key, all.iv, all.ciphertext, all.tag].join('.'); };
for (const [name, number] of [['a point', '9007199254740993.0'], ['an exponent', '9007199254740993e0'], ['a negative exponent', '90071992547409930e-1']]) {
  refuse(`an integer beyond 2^53 - 1, written with ${name}`, raw(`large integer ${name}`, 'device-256', `{"iat":${IAT},"data":${number}}`), 'UnsafeJson');
}
refuse('nbf', raw('nbf', 'device-256', plain({ iat: IAT, nbf: IAT, data: 1 })), 'Unsupported');
refuse('no key loaded', good, 'NoKeyring', { keys: [] });
refuse('a key that is not registered', await jose('unregistered', 'unregistered', plain({ iat: IAT, data: 1 })), 'UnknownKey');
refuse('a kid in another case', raw('kid case', 'device-256', plain({ iat: IAT, data: 1 }), plain({ ...headerOf('device-256'), kid: 'Device-256' })), 'UnknownKey');
for (const kid of ['', '0123456789abcdefg', 'a b', '好']) {
  refuse(`a kid that no key can have: "${kid}"`, raw('odd kid', 'unregistered', plain({ iat: IAT, data: 1 }), plain({ ...headerOf('unregistered'), kid })), 'Malformed');
}
const foreign = b64(plain(headerOf('unregistered')));
refuse('no JWE, under a key that is not registered', parts({ header: foreign, ciphertext: '!!!!' }), 'Malformed');
refuse('no JWE, no key loaded', parts({ ciphertext: '!!!!' }), 'Malformed', { keys: [] });
refuse('more than 8 KiB, under a key that is not registered', parts({ header: foreign, ciphertext: 'A'.repeat(11_000) }), 'TooLarge');
refuse('sealed with another key', raw('other key', 'device-256', plain({ iat: IAT, data: 1 }), undefined, KEYS.unregistered), 'DecryptionFailed');
refuse('enc that differs from the registered key', raw('enc confusion', 'device-256', plain({ iat: IAT, data: 1 }), plain({ alg: 'dir', enc: 'A128GCM', kid: 'device-256' })), 'Unsupported');

// --- tampering
const flip = (text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
refuse('first byte of the ciphertext changed', parts({ ciphertext: flip(ciphertext, 0) }), 'DecryptionFailed');
refuse('IV changed', parts({ iv: flip(iv, 3) }), 'DecryptionFailed');
refuse('tag changed', parts({ tag: flip(tag, 0) }), 'DecryptionFailed');
refuse('header rewritten', parts({ header: b64(plain({ alg: 'dir', enc: 'A256GCM', kid: 'device-256', typ: 'x' })) }), 'DecryptionFailed');
refuse('ciphertext cut', parts({ ciphertext: ciphertext.slice(0, -4) }), 'DecryptionFailed');
refuse('ciphertext empty', parts({ ciphertext: '' }), 'DecryptionFailed');

// --- form
refuse('four parts', [header, '', iv, ciphertext].join('.'), 'Malformed');
refuse('six parts', `${good}.`, 'Malformed');
refuse('a tag of 12 bytes', parts({ tag: tag.slice(0, 16) }), 'Malformed');
refuse('a tag of 4 bytes', parts({ tag: tag.slice(0, 6) }), 'Malformed');
refuse('an empty tag', parts({ tag: '' }), 'Malformed');
refuse('an IV of 16 bytes', parts({ iv: `${iv}AAAAAA`.slice(0, 22) }), 'Malformed');
refuse('an empty IV', parts({ iv: '' }), 'Malformed');
refuse('an encrypted key', parts({ key: 'AAAA' }), 'Unsupported');
refuse('padding', parts({ tag: `${tag}==` }), 'Malformed');
refuse('a space at the end', `${good} `, 'Malformed');
refuse('a line break inside', parts({ ciphertext: `${ciphertext.slice(0, 4)}\n${ciphertext.slice(4)}` }), 'Malformed');
refuse('standard base64', parts({ ciphertext: `+/${ciphertext.slice(2)}` }), 'Malformed');
refuse('trailing bits in the tag', parts({ tag: tag.slice(0, -1) + String.fromCharCode(tag.charCodeAt(21) + 1) }), 'Malformed');
refuse('a full-width character', parts({ iv: `${iv.slice(0, 15)}Ａ` }), 'Malformed');
refuse('a JSON serialization', plain({ protected: header, iv, ciphertext, tag }), 'NotSealed');
refuse('a header of more than 512 bytes', raw('long header', 'device-256', '{}', plain({ ...headerOf('device-256'), pad: 'x'.repeat(600) })), 'TooLarge');
refuse('a payload of more than 16 KiB', 'e'.repeat(16385), 'TooLarge');
refuse('a plaintext of more than 8 KiB', raw('long plaintext', 'device-256', `{"iat":${IAT},"data":"${'x'.repeat(8192)}"}`), 'TooLarge');

// --- headers
const headerCase = (name, text, error) => refuse(`header: ${name}`, raw(`header: ${name}`, 'device-256', plain({ iat: IAT, data: 1 }), text), error);
const H = '"alg":"dir","enc":"A256GCM","kid":"device-256"';
for (const extra of ['"zip":"DEF"', '"crit":["exp"],"exp":1', '"jwk":{}', '"jku":"https://example.com"', '"x5u":"https://example.com"', '"x5c":[]']) {
  headerCase(`${extra.slice(1, 4)} is refused`, `{${H},${extra}}`, 'Unsupported');
}
headerCase('alg A256KW', '{"alg":"A256KW","enc":"A256GCM","kid":"device-256"}', 'Unsupported');
headerCase('alg none', '{"alg":"none","enc":"A256GCM","kid":"device-256"}', 'Unsupported');
headerCase('enc A192GCM', '{"alg":"dir","enc":"A192GCM","kid":"device-256"}', 'Unsupported');
headerCase('alg missing', '{"enc":"A256GCM","kid":"device-256"}', 'Malformed');
headerCase('kid missing', '{"alg":"dir","enc":"A256GCM"}', 'Malformed');
headerCase('kid is a number', '{"alg":"dir","enc":"A256GCM","kid":7}', 'Malformed');
headerCase('kid twice', `{${H},"kid":"device-128"}`, 'UnsafeJson');
headerCase('escaped name', '{"\\u0061lg":"dir","enc":"A256GCM","kid":"device-256"}', 'Malformed');
headerCase('escaped value', '{"alg":"dir","enc":"A256GCM","kid":"device\\u002d256"}', 'Malformed');
headerCase('no object', '{', 'Malformed');
headerCase('bytes after it', `{${H}}x`, 'Malformed');

// --- claims and JSON of the plaintext
const text = (name, plaintext, error, more) => refuse(`plaintext: ${name}`, raw(`plaintext: ${name}`, 'device-256', plaintext), error, more);
const I = `"iat":${IAT}`;
text('not an object', '[1]', 'Malformed');
text('empty', '', 'Malformed');
text('iat missing', '{"data":1}', 'Malformed');
text('iat as text', `{"iat":"${IAT}","data":1}`, 'Malformed');
text('iat with a fraction', '{"iat":1.5,"data":1}', 'Malformed');
text('exp not after iat', `{${I},"exp":${IAT},"data":1}`, 'Malformed');
text('neither data nor ref', `{${I}}`, 'Malformed');
text('both data and ref', `{${I},"data":1,"ref":{}}`, 'Malformed');
text('jti empty', `{${I},"jti":"","data":1}`, 'Malformed');
text('jti of 65 bytes', `{${I},"jti":"${'j'.repeat(65)}","data":1}`, 'Malformed');
text('aud as a list', `{${I},"aud":["com.example.app"],"data":1}`, 'Malformed');
text('expired', `{${I},"exp":${IAT + 60},"data":1}`, 'Expired');
text('expired by default', `{"iat":${IAT - 15 * 86400},"data":1}`, 'Expired');
text('another audience', `{${I},"aud":"com.other","data":1}`, 'WrongAudience');
text('ref with a path in its id', `{${I},"ref":${plain({ ...reference, id: '../x' })}}`, 'Malformed');
text('ref without a key', `{${I},"ref":${plain({ ...reference, key: undefined })}}`, 'Malformed');
text('ref over 4 MiB', `{${I},"ref":${plain({ ...reference, size: 4194305 })}}`, 'TooLarge');
text('name twice', `{${I},"data":{"a":1,"a":2}}`, 'UnsafeJson');
text('name twice, once escaped', `{${I},"data":{"a":1,"\\u0061":2}}`, 'UnsafeJson');
text('claim twice', `{${I},"data":1,"data":2}`, 'UnsafeJson');
text('33 levels deep', `{${I},"data":${'['.repeat(32)}${']'.repeat(32)}}`, 'UnsafeJson');
text('lone surrogate', `{${I},"data":"\\ud800"}`, 'UnsafeJson');
text('integer beyond 2^53 - 1', `{${I},"data":9007199254740992}`, 'UnsafeJson');
text('number that overflows', `{${I},"data":1e400}`, 'UnsafeJson');
text('invalid UTF-8', Buffer.from([0x7b, ...Buffer.from(`${I},"data":"`), 0xff, 0x22, 0x7d]), 'UnsafeJson');
text('overlong UTF-8', Buffer.from([0x7b, ...Buffer.from(`${I},"data":"`), 0xc0, 0xaf, 0x22, 0x7d]), 'UnsafeJson');
text('byte order mark', `\ufeff{${I},"data":1}`, 'Malformed');
text('bytes after it', `{${I},"data":1}{}`, 'Malformed');
text('comma at the end', `{${I},"data":1,}`, 'Malformed');
text('control character in a string', `{${I},"data":"\u0001"}`, 'Malformed');

writeFileSync(new URL('open.json', import.meta.url), `${JSON.stringify({ count: cases.length, cases }, null, 1)}\n`);
console.log(`open.json: ${cases.length} cases`);
