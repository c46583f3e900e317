// The suite that every engine runs: Node on the host addon and on the device's own builds, and OpenHarmony's engine.
//
// Plain ECMAScript with no import, so that it compiles for each of them. `native` is the loaded library, `vectors` the
// content of tests/vectors/open.json, `engine` what differs: { collect(): void } forces a garbage collection.
//
// It answers a list of { name, run }; `run` throws when the library is wrong.

export function pushsealSuite(native, vectors, engine) {
  const tests = [];
  const test = (name, run) => tests.push({ name, run });

  // --- assertions without a library
  const show = (value) => {
    const text = JSON.stringify(value);
    return text === undefined ? String(value) : text;
  };
  const equal = (actual, expected, what) => {
    if (!Object.is(actual, expected)) throw new Error(`${what}: ${show(actual)} instead of ${show(expected)}`);
  };
  const same = (actual, expected, what) => {
    if (canonical(actual) !== canonical(expected)) throw new Error(`${what}: ${show(actual)} instead of ${show(expected)}`);
  };
  const canonical = (value) => {
    if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
    if (value === null || typeof value !== 'object') return show(value);
    return `{${Object.keys(value).sort().map((name) => `${show(name)}:${canonical(value[name])}`).join()}}`;
  };
  /** Calls and expects an error with this numeric code and name. */
  const refused = (call, code, name, what) => {
    let error = null;
    try {
      call();
    } catch (caught) {
      error = caught;
    }
    if (error === null) throw new Error(`${what}: nothing was thrown`);
    if (!(error instanceof Error)) throw new Error(`${what}: what was thrown is no Error`);
    equal(typeof error.code, 'number', `${what}: type of code`);
    equal(error.code, code, `${what}: code (${error.message})`);
    equal(error.name, name, `${what}: name`);
    return error;
  };
  const invalid = (call, what) => refused(call, 3001, 'InvalidArgument', what);

  // --- the vectors' keys and cases
  const bytes = (hex) => {
    const array = new Uint8Array(hex.length / 2);
    for (let i = 0; i < array.length; i++) array[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
    return array;
  };
  const keyring = (keys) => keys.map((entry) => ({ keyId: entry.keyId, key: bytes(entry.key) }));
  const named = (name) => {
    const found = vectors.cases.filter((vector) => vector.name === name);
    equal(found.length, 1, `cases called ${name}`);
    return found[0];
  };
  const good = named('A256GCM with every claim');
  const options = () => ({ ...good.options });
  const load = () => native.setKeyring(keyring(good.keys));

  test('the vectors are all there', () => {
    equal(vectors.cases.length, vectors.count, 'count');
    if (vectors.count < 100) throw new Error(`only ${vectors.count} vectors`);
  });

  for (const vector of vectors.cases) {
    test(`vector: ${vector.name}`, () => {
      native.setKeyring(keyring(vector.keys));
      const [outcome] = native.openMessages([vector.payload], vector.options);
      if (vector.expected.message !== undefined) {
        same(native.openMessage(vector.payload, vector.options), vector.expected.message, 'message');
        same(outcome, { message: vector.expected.message, code: 0, name: '' }, 'outcome');
      } else {
        const { code, name } = vector.expected;
        const error = refused(() => native.openMessage(vector.payload, vector.options), code, name, 'openMessage');
        same(outcome, { message: null, code, name }, 'outcome');
        for (const entry of vector.keys) {
          if (error.message.includes(entry.key)) throw new Error('the error shows a key');
        }
        if (vector.payload.length > 20 && error.message.includes(vector.payload.slice(0, 20))) {
          throw new Error('the error shows the payload');
        }
      }
    });
  }

  test('a batch gives one outcome each, in order, and a bad one hides no good one', () => {
    const sharing = vectors.cases.filter(
      (vector) => canonical(vector.keys) === canonical(good.keys) && canonical(vector.options) === canonical(good.options),
    );
    if (sharing.length < 80) throw new Error(`only ${sharing.length} cases share keys and options`);
    load();
    const outcomes = native.openMessages(sharing.map((vector) => vector.payload), options());
    equal(outcomes.length, sharing.length, 'outcomes');
    sharing.forEach((vector, i) => {
      const expected = vector.expected.message === undefined
        ? { message: null, ...vector.expected }
        : { message: vector.expected.message, code: 0, name: '' };
      same(outcomes[i], expected, vector.name);
    });
    same(native.openMessages([], options()), [], 'empty batch');
  });

  test('10,000 messages in one batch, and one by one, with collections', () => {
    load();
    const payloads = Array.from({ length: 10000 }, (_, i) => (i % 10 === 9 ? 'bad' : good.payload));
    const opened = native.openMessages(payloads, options()).filter((outcome) => outcome.code === 0);
    equal(opened.length, 9000, 'opened of the batch');
    let one = 0;
    for (let i = 0; i < 10000; i++) {
      if (native.openMessage(good.payload, good.options).id === good.expected.message.id) one += 1;
      if (i % 2500 === 0) engine.collect();
    }
    equal(one, 10000, 'opened one by one');
  });

  // --- the keyring
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
    refused(() => native.setKeyring([{ keyId: 'k', key: new Uint8Array(33) }]), 2001, 'TooLarge', '33 bytes');
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

  // --- wrong arguments
  const wrong = () => [undefined, null, 0, NaN, true, {}, [], () => 0, Symbol('s'), new Uint8Array(4), new Date(0)];

  test('every wrong type of payload has its error', () => {
    load();
    wrong().forEach((value, i) => {
      invalid(() => native.openMessage(value, options()), `payload ${i}`);
      const [bad, fine] = native.openMessages([value, good.payload], options());
      same(bad, { message: null, code: 3001, name: 'InvalidArgument' }, `element ${i}`);
      equal(fine.code, 0, `the payload after element ${i}`);
    });
    [undefined, null, 0, 'text', {}, new Uint8Array(4)].forEach((value, i) => {
      invalid(() => native.openMessages(value, options()), `payloads ${i}`);
    });
    invalid(() => native.openMessage(), 'nothing at all');
    invalid(() => native.openMessages(), 'no batch at all');
  });

  test('every wrong option has its error', () => {
    load();
    wrong().concat('text').forEach((value, i) => invalid(() => native.openMessage(good.payload, value), `options ${i}`));
    const bad = {
      now: [undefined, null, '1', NaN, -1, Infinity, 8.65e15, {}],
      audience: [undefined, null, 1, {}, 'x'.repeat(5000)],
      allowPlaintext: [undefined, null, 0, 'true'],
      clockSkew: [undefined, null, -1, 1.5, NaN, 4294967296, '1'],
    };
    for (const name of Object.keys(bad)) {
      for (const value of bad[name]) {
        invalid(() => native.openMessage(good.payload, { ...options(), [name]: value }), `${name}: ${show(value)}`);
      }
    }
    native.openMessage(good.payload, { ...options(), now: good.options.now + 0.75 });
  });

  test('getters that throw, or change the keyring, do no harm', () => {
    load();
    const thrower = { ...options() };
    Object.defineProperty(thrower, 'now', { get: () => { throw new Error('from the getter'); } });
    invalid(() => native.openMessage(good.payload, thrower), 'a getter that throws');
    const changer = { ...options() };
    Object.defineProperty(changer, 'now', { get: () => { native.clearKeyring(); return good.options.now; } });
    refused(() => native.openMessage(good.payload, changer), 1001, 'NoKeyring', 'a getter that clears the keyring');
    load();
    const reenter = { ...options() };
    Object.defineProperty(reenter, 'audience', { get: () => native.openMessage(good.payload, options()).id && good.options.audience });
    equal(native.openMessage(good.payload, reenter).id, good.expected.message.id, 'a getter that opens');
    const list = [good.payload, 0, good.payload];
    Object.defineProperty(list, 1, { get: () => { throw new Error('from the element'); } });
    same(native.openMessages(list, options()).map((outcome) => outcome.code), [0, 3001, 0], 'an element that throws');
  });

  test('every truncation and every odd string has an error and an end', () => {
    load();
    for (let i = 0; i < good.payload.length; i++) {
      const [outcome] = native.openMessages([good.payload.slice(0, i)], options());
      if (outcome.code < 2000 || outcome.code > 2999) throw new Error(`cut at ${i}: ${outcome.code}`);
    }
    const huge = 'e'.repeat(10 * 1024 * 1024);
    refused(() => native.openMessage(huge, options()), 2001, 'TooLarge', '10 MB of ASCII');
    refused(() => native.openMessage('好'.repeat(4 * 1024 * 1024), options()), 2001, 'TooLarge', '12 MB of Chinese');
    refused(() => native.openMessage(`{"data":"${'\u0101'.repeat(10000)}"}`, options()), 2001, 'TooLarge', '20 KB beyond Latin-1');
    const odd = ['\ud800', 'e\udfff', '\0', '{"data":"\ud800"}', good.payload.replace('.', '\u2024'), `${good.payload}\0`, '\u0165' + good.payload.slice(1, -1)];
    odd.forEach((text, i) => {
      const [outcome] = native.openMessages([text], options());
      if (outcome.code < 2000 || outcome.code > 2999) throw new Error(`odd string ${i}: ${show(outcome)}`);
    });
  });

  test('one changed character is refused wherever it is', () => {
    load();
    for (let i = 0; i < good.payload.length; i++) {
      const other = good.payload[i] === 'A' ? 'B' : 'A';
      const [outcome] = native.openMessages([good.payload.slice(0, i) + other + good.payload.slice(i + 1)], options());
      if (outcome.message !== null) throw new Error(`character ${i}`);
    }
  });

  // --- one member of the data
  test('a member comes as JSON.parse would give it', () => {
    const json = '{"text":"a\\"\\u597d\\ud83d\\ude00\u597d","number":-12.5e-1,"large":9007199254740991,"yes":true,"no":false,"none":null,"":{"a":[1]},"list":[ {"text":1} ],"\u0122":0}';
    const parsed = JSON.parse(json);
    for (const name of Object.keys(parsed)) {
      const value = parsed[name];
      const field = native.jsonField(json, name);
      if (value !== null && typeof value === 'object') same(JSON.parse(field), value, name);
      else equal(field, value, name);
    }
    ['other', 'Text', 'a', '__proto__', '\ud800'].forEach((name) => equal(native.jsonField(json, name), undefined, show(name)));
    const long = '\u597d'.repeat(1000000);
    equal(native.jsonField(`{"a":"${long}"}`, 'a'), long, 'three megabytes');
    equal(native.jsonField(`{"a":"${long}\\n"}`, 'a'), `${long}\n`, 'three megabytes and an escape');
    load();
    equal(native.openMessage(good.payload, options()).data, good.expected.message.data, 'a message after them');
  });

  test('a member of what is no strict JSON object has its error', () => {
    ['', '[]', '1', '"a"', '{"a":1', '{"a":1}}', '{a:1}'].forEach((json) => refused(() => native.jsonField(json, 'a'), 2002, 'Malformed', show(json)));
    ['{"a":1,"\\u0061":2}', '{"a":{"b":1,"b":1}}', '{"a":"\\ud800"}', '{"a":9007199254740993}'].forEach((json) => {
      refused(() => native.jsonField(json, 'a'), 2008, 'UnsafeJson', json);
    });
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
    refused(() => native.openAttachment(new Uint8Array(1), { ...reference, key: 'AAAA' }), 2002, 'Malformed', 'a short key');
    refused(() => native.openAttachment(new Uint8Array(1), { ...reference, size: 4194305 }), 2001, 'TooLarge', 'a large size');
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

  test('text of every kind of character comes out as it went in', () => {
    load();
    const clear = { ...options(), allowPlaintext: true };
    const back = (text, what) => {
      const data = `{"text":"${text}"}`;
      equal(native.openMessage(data, clear).data, data, what);
      equal(native.openMessages([data], clear)[0].message.data, data, `${what}, in a batch`);
    };
    // The first and the last of each length in UTF-8, and of each side of the surrogates.
    const edges = [0x7f, 0x80, 0xff, 0x100, 0x7ff, 0x800, 0x4e2d, 0xd7ff, 0xe000, 0xfeff, 0xffff, 0x10000, 0x1f600, 0x10ffff];
    for (const edge of edges) {
      const character = String.fromCodePoint(edge);
      [character, `a${character}`, `${character}z`, character.repeat(7)].forEach((text) => back(text, `U+${edge.toString(16)}`));
      for (const other of edges) back(character + String.fromCodePoint(other) + character, `${edge} and ${other}`);
    }
    // The longest text of each length in UTF-8, and a short one after it.
    for (const edge of [0x7ff, 0x4e2d, 0x1f600]) {
      const bytes = edge < 0x800 ? 2 : edge < 0x10000 ? 3 : 4;
      back(String.fromCodePoint(edge).repeat(Math.floor(16000 / bytes)), `long, ${bytes} bytes each`);
      back('\u4e2d', 'short after long');
    }
    let text = '';
    for (let point = 0x80; point < 0x110000; point += 211) {
      if (point < 0xd800 || point > 0xdfff) text += String.fromCodePoint(point);
      if (text.length > 3000) {
        back(text, `up to U+${point.toString(16)}`);
        text = '';
      }
    }
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
      for (let i = 0; i < 3; i++) refused(() => native.panicProbe(), 3002, 'Internal', 'panic');
      equal(native.openMessage(good.payload, options()).id, good.expected.message.id, 'after the panics');
    });
  }

  return tests;
}
