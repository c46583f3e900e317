// Opening: the vectors, batches, text of every kind.

export function openingTests(tools) {
  const { native, vectors, engine, test, equal, same, canonical, refused, bytes, keyring, good, options, load } = tools;

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
}
