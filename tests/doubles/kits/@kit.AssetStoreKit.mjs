// Asset Store ("@ohos.security.asset"): small secrets by alias. Imitated: a query for several gives attributes only; an
// asset that needs the first unlock fails with 24000005 before it; nothing found is 24000002, an alias twice 24000003;
// secrets are at most 1024 bytes, aliases 256.
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
  SYNC_TYPE: NUMBER | 0x10,
  IS_PERSISTENT: BOOL | 0x11,
  DATA_LABEL_NORMAL_1: BYTES | 0x30,
  DATA_LABEL_NORMAL_2: BYTES | 0x31,
  DATA_LABEL_NORMAL_3: BYTES | 0x32,
  DATA_LABEL_NORMAL_4: BYTES | 0x33,
  RETURN_TYPE: NUMBER | 0x40,
};
const Accessibility = { DEVICE_POWERED_ON: 0, DEVICE_FIRST_UNLOCKED: 1, DEVICE_UNLOCKED: 2 };
const SyncType = { NEVER: 0, THIS_DEVICE: 1, TRUSTED_DEVICE: 2, TRUSTED_ACCOUNT: 4 };
const ReturnType = { ALL: 0, ATTRIBUTES: 1 };
const ErrorCode = { INVALID_ARGUMENT: 401, NOT_FOUND: 24000002, DUPLICATED: 24000003, STATUS_MISMATCH: 24000005 };
const LABELS = [Tag.DATA_LABEL_NORMAL_1, Tag.DATA_LABEL_NORMAL_2, Tag.DATA_LABEL_NORMAL_3, Tag.DATA_LABEL_NORMAL_4];

const fail = (code, message) => {
  throw new KitError(code, message);
};

function checkTypes(attributes) {
  for (const [tag, value] of attributes) {
    const type = tag & (7 << 28);
    const fits =
      (type === BOOL && typeof value === 'boolean') ||
      (type === NUMBER && typeof value === 'number') ||
      (type === BYTES && value instanceof Uint8Array);
    if (!fits) fail(ErrorCode.INVALID_ARGUMENT, 'a tag has a value of another type');
  }
}

function checkUnlocked(stored) {
  if (!device.unlocked && (stored.get(Tag.ACCESSIBILITY) ?? Accessibility.DEVICE_FIRST_UNLOCKED) !== Accessibility.DEVICE_POWERED_ON) {
    fail(ErrorCode.STATUS_MISMATCH, 'the screen lock status does not match');
  }
}

const same = (a, b) => a !== undefined && Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

function matches(query) {
  const found = [...device.assets.values()].filter((stored) =>
    [Tag.ALIAS, ...LABELS].every((tag) => !query.has(tag) || same(stored.get(tag), query.get(tag))),
  );
  if (found.length === 0) fail(ErrorCode.NOT_FOUND, 'the asset is not found');
  found.forEach(checkUnlocked);
  return found;
}

const keyOf = (stored) => Buffer.from(stored.get(Tag.ALIAS)).toString('hex');

function addSync(attributes) {
  app.enter('asset.addSync');
  checkTypes(attributes);
  const alias = attributes.get(Tag.ALIAS);
  const secret = attributes.get(Tag.SECRET);
  if (!alias || alias.length === 0 || alias.length > 256) fail(ErrorCode.INVALID_ARGUMENT, 'an alias has 1 to 256 bytes');
  if (!secret || secret.length === 0 || secret.length > 1024) fail(ErrorCode.INVALID_ARGUMENT, 'a secret has 1 to 1024 bytes');
  checkUnlocked(attributes);
  const stored = copy(attributes);
  if (device.assets.has(keyOf(stored))) fail(ErrorCode.DUPLICATED, 'the asset already exists');
  device.assets.set(keyOf(stored), stored);
}

function removeSync(query) {
  app.enter('asset.removeSync');
  checkTypes(query);
  for (const stored of matches(query)) device.assets.delete(keyOf(stored));
}

function updateSync(query, changes) {
  app.enter('asset.updateSync');
  checkTypes(query);
  checkTypes(changes);
  if (!query.has(Tag.ALIAS)) fail(ErrorCode.INVALID_ARGUMENT, 'an update names an alias');
  for (const stored of matches(query)) for (const [tag, value] of copy(changes)) stored.set(tag, value);
}

function querySync(query) {
  app.enter('asset.querySync');
  checkTypes(query);
  const withSecret = query.get(Tag.RETURN_TYPE) === ReturnType.ALL;
  if (withSecret && !query.has(Tag.ALIAS)) fail(ErrorCode.INVALID_ARGUMENT, 'a secret is returned for one alias only');
  return matches(query).map((stored) => {
    const result = copy(stored);
    if (!withSecret) result.delete(Tag.SECRET);
    return result;
  });
}

const copy = (attributes) => new Map([...attributes].map(([tag, value]) => [tag, value instanceof Uint8Array ? value.slice() : value]));

export const asset = { Tag, Accessibility, SyncType, ReturnType, ErrorCode, addSync, removeSync, updateSync, querySync };
