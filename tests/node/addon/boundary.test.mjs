// Every export with every wrong value in every place: it answers, or throws an error of its own with a documented number, and
// works as before afterwards.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { loadAddon, readText, vectors } from './load.mjs';
import { oddValues } from './odd-values.mjs';

const native = loadAddon();
const good = vectors.cases.find((vector) => vector.name === 'A256GCM with every claim');
const keyring = () => good.keys.map(({ keyId, key }) => ({ keyId, key: new Uint8Array(Buffer.from(key, 'hex')) }));
const reference = () => ({ id: 'a', size: 53, sha256: 'pbRhMlSMpfrhXX4DmLyvceSFcIWanOEZYM4-hrvWzgE', key: 'yqdlZ-tYemfogSmv7Ws5PQ' });
const attachment = () => new Uint8Array(Buffer.from('23506cc6d16db65bf7bbf3a8f78c679b0000100000f8d015b9bdaa160044b902916a9a19bbe231908bdadcc101d4f0fe972f138638', 'hex'));
const registration = () => ({ token: 't', aaid: 'a', keyId: 'k', region: 'cn', account: 'u', syncedAt: 1 });
const options = () => ({ ...good.options });

/** A right call of each export. */
const CALLS = {
  setKeyring: () => [keyring()],
  clearKeyring: () => [],
  generateKey: () => [],
  openMessage: () => [good.payload, options()],
  openMessages: () => [[good.payload, good.payload], options()],
  jsonField: () => ['{"a":1}', 'a'],
  openAttachment: () => [attachment(), reference()],
  planTokenSync: () => [registration(), registration(), 2],
  diagnostics: () => [],
};

const CODES = new Set([...readText('docs/errors.md').matchAll(/^\| (\d{4}) \| `(\w+)` /gm)].map(([, code, name]) => `${code} ${name}`));

const works = () => {
  native.setKeyring(keyring());
  assert.equal(native.openMessage(good.payload, options()).id, good.expected.message.id);
};

/** Calls; what is thrown must be an error of the library. Answers its number, or 0. */
function outcome(call, what) {
  try {
    call();
    return 0;
  } catch (error) {
    assert.ok(error instanceof Error && CODES.has(`${error.code} ${error.name}`), `${what}: ${error?.stack ?? String(error)}`);
    assert.notEqual(error.code, 3002, `${what}: nothing here is the library's fault`);
    return error.code;
  }
}

/** Every place in the arguments: a path into them. */
function placesOf(value, path = []) {
  const places = path.length === 0 ? [] : [path];
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return places;
  return places.concat(Object.keys(value).flatMap((name) => placesOf(value[name], [...path, name])));
}

function put(args, path, odd) {
  const holder = path.slice(0, -1).reduce((inner, name) => inner[name], args);
  holder[path.at(-1)] = odd;
  return args;
}

test('every export with every wrong value in every place', () => {
  assert.deepEqual(Object.keys(CALLS).sort(), Object.keys(native).filter((name) => name !== 'panicProbe').sort());
  assert.equal(CODES.size, 12);
  const counts = { accepted: 0, refused: 0 };
  for (const [name, args] of Object.entries(CALLS)) {
    for (const path of placesOf(args())) {
      for (const [kind, make] of oddValues()) {
        works();
        const code = outcome(() => native[name](...put(args(), path, make(native))), `${name}, ${path.join('.')}: ${kind}`);
        counts[code === 0 ? 'accepted' : 'refused'] += 1;
      }
    }
  }
  works();
  console.log(`report: boundary: ${counts.accepted + counts.refused} calls with a wrong value, ${counts.refused} refused, ${counts.accepted} accepted as what they stand for`);
  assert.ok(counts.refused > 1200 && counts.accepted < counts.refused / 5, JSON.stringify(counts));
});

test('too few arguments, too many, another this, and new', () => {
  for (const [name, args] of Object.entries(CALLS)) {
    for (let count = 0; count < args().length; count++) {
      assert.equal(outcome(() => native[name](...args().slice(0, count)), `${name} with ${count}`), 3001);
    }
    works();
    assert.equal(outcome(() => native[name].call(Object.freeze({}), ...args(), Symbol('more'), {}), name), 0);
    works();
    for (const self of [undefined, null, 1, new Proxy({}, {})]) assert.equal(outcome(() => Reflect.apply(native[name], self, args()), name), 0);
    works();
    try {
      Reflect.construct(native[name], args());
    } catch (error) {
      assert.ok(error instanceof Error, name);
    }
  }
  works();
});

test('getters that call the library again, at every place', () => {
  for (const [name, args] of Object.entries(CALLS)) {
    for (const path of placesOf(args()).filter((place) => place.length > 1 || name === 'openMessages')) {
      for (const [again, inner] of Object.entries(CALLS)) {
        works();
        const holderOf = (all) => path.slice(0, -1).reduce((value, member) => value[member], all);
        const call = args();
        const value = holderOf(call)[path.at(-1)];
        const get = () => {
          native[again](...inner());
          return value;
        };
        Object.defineProperty(holderOf(call), path.at(-1), { get });
        const code = outcome(() => native[name](...call), `${name}, ${path.join('.')} calls ${again}`);
        assert.ok(code === 0 || (code === 1001 && again === 'clearKeyring'), `${name}, ${path.join('.')} calls ${again}: ${code}`);
      }
    }
  }
  works();
});

test('a getter that calls without end runs out of stack, not out of process', () => {
  works();
  let depth = 0;
  const endless = () => {
    const again = options();
    Object.defineProperty(again, 'now', { get: () => { depth += 1; return endless(); } });
    return native.openMessage(good.payload, again);
  };
  try {
    endless();
    assert.fail('it ended');
  } catch (error) {
    assert.ok(error instanceof RangeError || CODES.has(`${error.code} ${error.name}`), String(error));
  }
  assert.ok(depth > 100, `${depth} deep`);
  works();
});

test('a getter that takes the key or the attachment away between two readings', () => {
  const changes = {
    detach: (bytes) => structuredClone(bytes.buffer, { transfer: [bytes.buffer] }),
    shrink: (bytes) => bytes.buffer.resize(0),
    grow: (bytes) => bytes.buffer.resize(4096),
    cut: (bytes) => bytes.buffer.resize(7),
  };
  for (const [what, change] of Object.entries(changes)) {
    for (const size of [32, 53]) {
      works();
      const bytes = new Uint8Array(new ArrayBuffer(size, { maxByteLength: 4096 }));
      const entry = { key: bytes, get keyId() { change(bytes); return 'k'; } };
      const code = outcome(() => native.setKeyring([entry]), `a key, ${what}`);
      assert.ok([0, 2001, 3001].includes(code), `${what}: ${code}`);
      works();
      const content = new Uint8Array(new ArrayBuffer(size, { maxByteLength: 4096 }));
      const changing = Object.defineProperty(reference(), 'key', { get: () => { change(content); return reference().key; } });
      assert.equal(outcome(() => native.openAttachment(content, changing), `an attachment, ${what}`), 2004);
    }
  }
  works();
});

test('prototypes with setters do no harm', () => {
  const names = ['id', 'keyId', 'data', 'message', 'code', 'name', 'register', 'version', '0', '1'];
  let [ran, inside] = [0, false];
  const set = (act) => function setter(value) {
    ran += 1;
    // One call inside another; each could begin two more.
    if (inside) return;
    inside = true;
    try {
      act();
    } finally {
      inside = false;
    }
    Object.defineProperty(this, 'kept', { value, configurable: true });
  };
  const acts = { nothing: () => {}, throws: () => { throw new RangeError('from a setter'); }, opens: () => native.openMessage(good.payload, options()) };
  for (const [what, act] of Object.entries(acts)) {
    for (const holder of [Object.prototype, Array.prototype, Error.prototype]) {
      const before = names.map((name) => [name, Object.getOwnPropertyDescriptor(holder, name)]);
      const calls = Object.entries(CALLS).map(([name, args]) => ({ name, run: native[name].bind(undefined, ...args()) }));
      const thrown = new Map();
      for (const name of names) Object.defineProperty(holder, name, { set: set(act), get: () => undefined, configurable: true });
      try {
        for (const { name, run } of calls) {
          try {
            run();
          } catch (error) {
            thrown.set(name, error);
          }
        }
      } finally {
        for (const [name, descriptor] of before) {
          if (descriptor === undefined) delete holder[name];
          else Object.defineProperty(holder, name, descriptor);
        }
      }
      for (const [name, error] of thrown) assert.ok(error instanceof Error, `${what}: ${name}: ${String(error)}`);
      works();
    }
  }
  assert.ok(ran > 0, 'a setter ran');
});

after(() => native.clearKeyring());
