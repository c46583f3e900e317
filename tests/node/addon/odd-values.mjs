// Values of every type that ECMAScript and Node have, each wrong somewhere: [name, make]. `make` gets the library.

const throwing = () => {
  throw new RangeError('from a trap');
};
const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, throwing]));

function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function detached(bytes) {
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

/** A view of a buffer that has shrunk below it. */
function outside() {
  const buffer = new ArrayBuffer(64, { maxByteLength: 64 });
  const view = new Uint8Array(buffer, 16, 32);
  buffer.resize(8);
  return view;
}

const primitives = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  zero: () => 0,
  'minus zero': () => -0,
  'minus one': () => -1,
  'a fraction': () => 0.5,
  NaN: () => NaN,
  Infinity: () => Infinity,
  'beyond 2^53': () => 2 ** 60,
  'beyond 2^64': () => 1e300,
  'a bigint': () => 12345678901234567890n,
  'an empty text': () => '',
  'a long text': () => 'x'.repeat(20_000),
  'half a pair': () => '\ud800',
  'a text with NUL': () => 'a\0b',
  'a text beyond Latin-1': () => '好🔔',
  'a symbol': () => Symbol('s'),
  'a known symbol': () => Symbol.iterator,
};

const objects = {
  'an object': () => ({}),
  'an object of nothing': () => Object.create(null),
  'a frozen object': () => Object.freeze({ length: 1 }),
  'an array': () => [],
  'a sparse array': () => new Array(1000),
  'an array in itself': () => { const inner = []; inner.push(inner); return inner; },
  'like an array': () => ({ length: 1, 0: 'e' }),
  'a function': () => () => 0,
  'a class': () => class {},
  'an export': (native) => native.openMessage,
  'the library': (native) => native,
  'a boxed text': () => Object('text'),
  'a boxed number': () => Object(1),
  'a boxed boolean': () => Object(false),
  'a date': () => new Date(0),
  'a pattern': () => /x/,
  'a map': () => new Map([['a', 1]]),
  'a set': () => new Set([1]),
  'a weak map': () => new WeakMap(),
  'an error': () => new Error('e'),
  'a promise': () => Promise.resolve(),
  'a generator': () => (function* one() { yield 1; })(),
  arguments: () => (function all() { return arguments; })(1),
  'what throws as text': () => ({ toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing }),
  'what throws at every getter': () => Object.defineProperty({}, 'length', { get: throwing }),
  globalThis: () => globalThis,
};

const proxies = {
  'a proxy': () => new Proxy({}, {}),
  'a proxy of an array': () => new Proxy([], {}),
  'a proxy of a function': () => new Proxy(() => 0, {}),
  'a proxy of bytes': () => new Proxy(new Uint8Array(32), {}),
  'a proxy that throws': () => new Proxy({}, traps),
  'a proxy of an array that throws': () => new Proxy([], traps),
  'a revoked proxy': () => revoked({}),
  'a revoked proxy of an array': () => revoked([]),
  'a proxy that ends the keyring': (native) => new Proxy({}, { get: () => native.clearKeyring() }),
  'a proxy without end': () => { const endless = new Proxy({}, { get: () => endless }); return endless; },
};

const buffers = {
  'no bytes': () => new Uint8Array(0),
  '33 bytes': () => new Uint8Array(33),
  'detached bytes': () => detached(new Uint8Array(32)),
  'bytes outside their buffer': outside,
  'shared bytes': () => new Uint8Array(new SharedArrayBuffer(53)),
  'bytes of a growing buffer': () => new Uint8Array(new SharedArrayBuffer(8, { maxByteLength: 64 })),
  'a Buffer': () => Buffer.from('abc'),
  'a view from an odd place': () => new Uint8Array(new ArrayBuffer(100), 3, 53),
  'an array buffer': () => new ArrayBuffer(32),
  'a shared buffer': () => new SharedArrayBuffer(32),
  'a data view': () => new DataView(new ArrayBuffer(32)),
  'a detached data view': () => detached(new DataView(new ArrayBuffer(32))),
  ...Object.fromEntries(
    [Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array]
      .map((type) => [type.name, () => new type(32)]),
  ),
};

export const oddValues = () => Object.entries({ ...primitives, ...objects, ...proxies, ...buffers });
