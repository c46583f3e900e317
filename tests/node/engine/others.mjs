// What is beside opening: members of the data, attachments, the token rule, diagnostics.

export function otherTests(tools) {
  const { native, test, equal, same, refused, invalid, show, bytes, named, good, options, load, wrong } = tools;

  // --- one member of the data
  test('a member comes as JSON.parse would give it', () => {
    const json = '{"text":"a\\"\\u597d\\ud83d\\ude00\u597d","number":-12.5e-1,"large":9007199254740991,"yes":true,"no":false,"none":null,"":{"a":[1]},"list":[ {"text":1} ],"\u0122":0}';
    const parsed = JSON.parse(json);
    for (const name of Object.keys(parsed)) {
      const value = parsed[name];
      const get = () => native.jsonField(json, name);
      if (value !== null && typeof value === 'object') refused(get, 2002, 'Malformed', name);
      else equal(get(), value, name);
    }
    ['other', 'Text', 'a', '__proto__', '\ufffd'].forEach((name) => equal(native.jsonField(json, name), undefined, show(name)));
    const long = '\u597d'.repeat(1000000);
    equal(native.jsonField(`{"a":"${long}"}`, 'a'), long, 'three megabytes');
    equal(native.jsonField(`{"a":"${long}\\n"}`, 'a'), `${long}\n`, 'three megabytes and an escape');
    // Where a text has a zero character, an engine that looks for a zero unit finds it too early.
    for (const text of ['\0', 'a\0', '\u597d\0', '\0\u597d\0\u597d', `${'\u597d'.repeat(20)}\0${'\u597d'.repeat(20)}`, `\0${'\u597d'.repeat(9000)}`]) {
      const escaped = text.replace(/\0/g, '\\u0000');
      equal(native.jsonField(`{"a":"${escaped}"}`, 'a'), text, show(text.slice(0, 50)));
    }
    load();
    equal(native.openMessage(good.payload, options()).data, good.expected.message.data, 'a message after them');
  });

  test('a member of what is no strict JSON object has its error', () => {
    ['', '[]', '1', '"a"', '{"a":1', '{"a":1}}', '{a:1}'].forEach((json) => refused(() => native.jsonField(json, 'a'), 2002, 'Malformed', show(json)));
    ['{"a":1,"\\u0061":2}', '{"a":{"b":1,"b":1}}', '{"a":"\\ud800"}', '{"a":9007199254740993}'].forEach((json) => {
      refused(() => native.jsonField(json, 'a'), 2008, 'UnsafeJson', json);
    });
    ['{"a":"\ud800"}', '{"a":1,"\udfff":2}', '{"a":"\ufffd \udbff"}'].forEach((json) => refused(() => native.jsonField(json, 'a'), 2008, 'UnsafeJson', show(json)));
    equal(native.jsonField('{"a":"\ufffd"}', 'a'), '\ufffd', 'the character that stands for others');
    invalid(() => native.jsonField('{}', '\ud800'), 'half a pair as a name');
    invalid(() => native.jsonField(`{"a":"${'x'.repeat(4 * 1024 * 1024)}"}`, 'a'), 'more than 4 MiB');
    invalid(() => native.jsonField('{}', 'x'.repeat(4097)), 'a long name');
    wrong().forEach((value, i) => {
      invalid(() => native.jsonField(value, 'a'), `json ${i}`);
      invalid(() => native.jsonField('{}', value), `name ${i}`);
    });
  });

  // --- attachments
  test('attachments are refused when anything differs', () => {
    const reference = { ...named('a claim check').expected.message.reference };
    refused(() => native.openAttachment(new Uint8Array(10), reference), 2004, 'DecryptionFailed', 'another size');
    refused(() => native.openAttachment(new Uint8Array(10), { ...reference, size: 10 }), 2004, 'DecryptionFailed', 'another hash');
    refused(() => native.openAttachment(new Uint8Array(4 * 1024 * 1024 + 1), reference), 2001, 'TooLarge', 'over 4 MiB');
    invalid(() => native.openAttachment(new Uint8Array(1), { ...reference, key: 'AAAA' }), 'a short key');
    invalid(() => native.openAttachment(new Uint8Array(1), { ...reference, sha256: '!' }), 'a hash that is none');
    invalid(() => native.openAttachment(new Uint8Array(1), { ...reference, size: 4194305 }), 'a large size');
    invalid(() => native.openAttachment(new Uint8Array(1), { ...reference, size: 2 ** 40 }), 'a larger size');
    wrong().filter((value) => !(value instanceof Uint8Array)).concat('text').forEach((value, i) => {
      invalid(() => native.openAttachment(value, reference), `bytes ${i}`);
    });
    wrong().concat('text').forEach((value, i) => invalid(() => native.openAttachment(new Uint8Array(1), value), `reference ${i}`));
    invalid(() => native.openAttachment(new Uint8Array(1), { ...reference, id: 'a/b' }), 'a path as id');
    invalid(() => native.openAttachment(new Uint8Array(1), { ...reference, size: -1 }), 'a negative size');
  });

  test('the attachment of RFC 8188 §3.1 opens', () => {
    const body = bytes('23506cc6d16db65bf7bbf3a8f78c679b0000100000f8d015b9bdaa160044b902916a9a19bbe231908bdadcc101d4f0fe972f138638');
    const sha256 = 'pbRhMlSMpfrhXX4DmLyvceSFcIWanOEZYM4-hrvWzgE';
    const content = native.openAttachment(body, { id: 'rfc8188', size: 53, sha256, key: 'yqdlZ-tYemfogSmv7Ws5PQ' });
    if (!(content instanceof Uint8Array)) throw new Error('no Uint8Array');
    equal(String.fromCharCode(...content), 'I am the walrus', 'content');
  });

  // --- the token rule
  test('the token rule names its reason', () => {
    const now = 1700000000000;
    const stored = { token: 't', aaid: 'a', keyId: 'k', region: 'cn', account: 'u', syncedAt: now };
    const plan = (changed, at) => native.planTokenSync(stored, { ...stored, syncedAt: 0, ...changed }, at === undefined ? now : at);
    same(plan({}), { register: false, reason: 'current' }, 'nothing changed');
    same(plan({ token: 'x' }), { register: true, reason: 'token' }, 'token');
    same(plan({ aaid: 'x' }), { register: true, reason: 'aaid' }, 'aaid');
    same(plan({ keyId: 'x' }), { register: true, reason: 'key' }, 'key');
    same(plan({ region: 'x' }), { register: true, reason: 'region' }, 'region');
    same(plan({ account: '' }), { register: true, reason: 'account' }, 'account');
    same(plan({}, now + 7 * 86400000), { register: true, reason: 'refresh' }, 'a week later');
    same(native.planTokenSync({ ...stored, syncedAt: 0 }, stored, now), { register: true, reason: 'never' }, 'never');
    wrong().concat('text').forEach((value, i) => {
      invalid(() => native.planTokenSync(value, stored, now), `stored ${i}`);
      invalid(() => native.planTokenSync(stored, value, now), `current ${i}`);
    });
    ['1', undefined, NaN, -1].forEach((value) => invalid(() => native.planTokenSync(stored, stored, value), `now ${show(value)}`));
  });

  test('diagnostics say that the library works', () => {
    const diagnostics = native.diagnostics();
    same(Object.keys(diagnostics).sort(), ['hardwareAes', 'selfTest', 'version'], 'members');
    equal(diagnostics.selfTest, true, 'selfTest');
    equal(typeof diagnostics.hardwareAes, 'boolean', 'hardwareAes');
    equal(/^\d+\.\d+\.\d+$/.test(diagnostics.version), true, `version ${diagnostics.version}`);
  });

  if (native.panicProbe !== undefined) {
    test('a panic becomes an error, and the library goes on', () => {
      load();
      for (let i = 0; i < 6; i++) refused(() => native.panicProbe(i % 2 === 0), 3002, 'Internal', 'panic');
      equal(native.openMessage(good.payload, options()).id, good.expected.message.id, 'after the panics');
    });
  }
}
