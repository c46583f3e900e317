// Asset Store ("@ohos.security.asset"): small secrets by alias. What it refuses, and what it answers before the first unlock, follows the
// service's own source; see the README of the doubles.
import { KitError, currentProcess } from './device.mjs';

const app = currentProcess();
const { device } = app;

const BOOL = 1 << 28;
const NUMBER = 2 << 28;
const BYTES = 3 << 28;

const Tag = {
  SECRET: BYTES | 0x01,
  ALIAS: BYTES | 0x02,
  ACCESSIBILITY: NUMBER | 0x03,
  REQUIRE_PASSWORD_SET: BOOL | 0x04,
  AUTH_TYPE: NUMBER | 0x05,
  SYNC_TYPE: NUMBER | 0x10,
  IS_PERSISTENT: BOOL | 0x11,
  DATA_LABEL_NORMAL_1: BYTES | 0x30,
  DATA_LABEL_NORMAL_2: BYTES | 0x31,
  DATA_LABEL_NORMAL_3: BYTES | 0x32,
  DATA_LABEL_NORMAL_4: BYTES | 0x33,
  RETURN_TYPE: NUMBER | 0x40,
  CONFLICT_RESOLUTION: NUMBER | 0x44,
};
const Accessibility = { DEVICE_POWERED_ON: 0, DEVICE_FIRST_UNLOCKED: 1, DEVICE_UNLOCKED: 2 };
const SyncType = { NEVER: 0, THIS_DEVICE: 1, TRUSTED_DEVICE: 2, TRUSTED_ACCOUNT: 4 };
const ReturnType = { ALL: 0, ATTRIBUTES: 1 };
const ConflictResolution = { OVERWRITE: 0, THROW_ERROR: 1 };
const ErrorCode = {
  PERMISSION_DENIED: 201,
  INVALID_ARGUMENT: 401,
  SERVICE_UNAVAILABLE: 24000001,
  NOT_FOUND: 24000002,
  DUPLICATED: 24000003,
  STATUS_MISMATCH: 24000005,
  DATABASE_ERROR: 24000008,
  UNSUPPORTED: 24000017,
};
const LABELS = [Tag.DATA_LABEL_NORMAL_1, Tag.DATA_LABEL_NORMAL_2, Tag.DATA_LABEL_NORMAL_3, Tag.DATA_LABEL_NORMAL_4];
const ACCESS_CONTROL = [Tag.ALIAS, Tag.ACCESSIBILITY, Tag.AUTH_TYPE, Tag.IS_PERSISTENT, Tag.SYNC_TYPE, Tag.REQUIRE_PASSWORD_SET];
const LONGEST = new Map([[Tag.SECRET, 1024], [Tag.ALIAS, 256], ...LABELS.map((label) => [label, 2048])]);
const VALUES = new Map([[Tag.ACCESSIBILITY, [0, 1, 2]], [Tag.SYNC_TYPE, [0, 1, 2, 3, 4, 5, 6, 7]], [Tag.RETURN_TYPE, [0, 1]], [Tag.CONFLICT_RESOLUTION, [0, 1]]]);

const fail = (code, message) => {
  throw new KitError(code, message);
};

const invalid = (message) => fail(ErrorCode.INVALID_ARGUMENT, message);

/** What is checked before the service looks at anything else: tags that are needed, tags that are allowed, and their values. */
function check(attributes, needed, allowed) {
  for (const tag of needed) if (!attributes.has(tag)) invalid('a required tag is missing');
  for (const [tag, value] of attributes) {
    if (!allowed.includes(tag)) invalid('a tag is not allowed here');
    checkType(tag, value);
    if (LONGEST.has(tag) && (value.length === 0 || value.length > LONGEST.get(tag))) invalid(`a value has ${value.length} bytes`);
    if (VALUES.has(tag) && !VALUES.get(tag).includes(value)) invalid('a value is not one of its enumeration');
  }
}

function checkType(tag, value) {
  const type = tag & (7 << 28);
  const fits =
    (type === BOOL && typeof value === 'boolean') ||
    (type === NUMBER && typeof value === 'number') ||
    (type === BYTES && value instanceof Uint8Array);
  if (!fits) invalid('a tag has a value of another type');
}

// The secret's own key is what the lock protects: attributes can be read, changed and removed before the unlock.
function checkSecretUsable(stored) {
  if (!device.unlocked && (stored.get(Tag.ACCESSIBILITY) ?? Accessibility.DEVICE_FIRST_UNLOCKED) !== Accessibility.DEVICE_POWERED_ON) {
    fail(ErrorCode.STATUS_MISMATCH, 'the screen lock status does not match');
  }
}

const same = (a, b) => a === b || (a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0);

function matches(query) {
  const conditions = [...query].filter(([tag]) => ACCESS_CONTROL.includes(tag) || LABELS.includes(tag));
  const found = [...device.assets.values()].filter((stored) => conditions.every(([tag, value]) => same(stored.get(tag), value)));
  if (found.length === 0) fail(ErrorCode.NOT_FOUND, 'the asset is not found');
  return found;
}

const keyOf = (stored) => Buffer.from(stored.get(Tag.ALIAS)).toString('hex');

function addSync(attributes) {
  app.enter('asset.addSync');
  check(attributes, [Tag.SECRET, Tag.ALIAS], [...LABELS, ...ACCESS_CONTROL, Tag.SECRET, Tag.CONFLICT_RESOLUTION]);
  if (attributes.has(Tag.IS_PERSISTENT)) fail(ErrorCode.PERMISSION_DENIED, 'IS_PERSISTENT needs ohos.permission.STORE_PERSISTENT_DATA');
  const stored = copy(attributes);
  if (device.assets.has(keyOf(stored)) && attributes.get(Tag.CONFLICT_RESOLUTION) !== ConflictResolution.OVERWRITE) {
    fail(ErrorCode.DUPLICATED, 'the asset already exists');
  }
  checkSecretUsable(attributes);
  device.assets.set(keyOf(stored), stored);
}

function removeSync(query) {
  app.enter('asset.removeSync');
  check(query, [], [...LABELS, ...ACCESS_CONTROL]);
  for (const stored of matches(query)) device.assets.delete(keyOf(stored));
}

function updateSync(query, changes) {
  app.enter('asset.updateSync');
  check(query, [Tag.ALIAS], [...LABELS, ...ACCESS_CONTROL]);
  if (changes.size === 0) invalid('nothing to update');
  check(changes, [], [...LABELS, Tag.SECRET]);
  for (const stored of matches(query)) {
    if (changes.has(Tag.SECRET)) checkSecretUsable(stored);
    for (const [tag, value] of copy(changes)) stored.set(tag, value);
  }
}

function querySync(query) {
  app.enter('asset.querySync');
  check(query, [], [...LABELS, ...ACCESS_CONTROL, Tag.RETURN_TYPE]);
  const withSecret = query.get(Tag.RETURN_TYPE) === ReturnType.ALL;
  if (withSecret && !query.has(Tag.ALIAS)) fail(ErrorCode.UNSUPPORTED, 'a secret is returned for one alias only');
  return matches(query).map((stored) => {
    if (withSecret) checkSecretUsable(stored);
    const result = copy(stored);
    if (!withSecret) result.delete(Tag.SECRET);
    return result;
  });
}

const copy = (attributes) => new Map([...attributes].map(([tag, value]) => [tag, value instanceof Uint8Array ? value.slice() : value]));

export const asset = { Tag, Accessibility, SyncType, ReturnType, ConflictResolution, ErrorCode, addSync, removeSync, updateSync, querySync };
