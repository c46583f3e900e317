// What the tests of every engine share: assertions without a library, and the vectors' keys and cases.

/** `native`, `vectors` and `engine` are those of `pushsealSuite`; the tests that are told to `test` are added to `tests`. */
export function testTools(native, vectors, engine, tests) {
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

  /** Values of every type, none of which is a payload, options, a key or a name. */
  const wrong = () => [undefined, null, 0, NaN, true, {}, [], () => 0, Symbol('s'), new Uint8Array(4), new Date(0)];

  return { native, vectors, engine, test, equal, same, canonical, refused, invalid, show, bytes, keyring, named, good, options, load, wrong };
}
