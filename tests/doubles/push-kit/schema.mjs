// The shape of a v3 body for each push-type; a member that the documents do not name is refused.

const STRING = (value) => typeof value === 'string';
const NON_EMPTY = (value) => STRING(value) && value.length > 0;
const BOOLEAN = (value) => typeof value === 'boolean';
const OBJECT = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const INTEGER = (low, high) => (value) => Number.isInteger(value) && value >= low && value <= high;
const ONE_OF = (...values) => (value) => values.includes(value);

const CLICK_ACTION = {
  required: { actionType: ONE_OF(0, 1) },
  optional: { action: STRING, uri: STRING, data: OBJECT },
};
const NOTIFICATION = {
  required: { category: NON_EMPTY, title: NON_EMPTY, body: NON_EMPTY, clickAction: OBJECT },
  optional: {
    image: STRING,
    style: INTEGER(0, 3),
    notifyId: INTEGER(0, 2 ** 31 - 1),
    appMessageId: STRING,
    foregroundShow: BOOLEAN,
    badge: OBJECT,
    sound: STRING,
    soundDuration: INTEGER(1, 60),
    inboxContent: Array.isArray,
  },
};
const PAYLOADS = {
  0: { required: { notification: OBJECT }, optional: {} },
  2: { required: { notification: OBJECT, extraData: NON_EMPTY }, optional: {} },
  6: { required: { extraData: NON_EMPTY }, optional: { proxyData: ONE_OF('ENABLE') } },
  10: { required: { extraData: NON_EMPTY }, optional: {} },
};
const OPTIONS = {
  testMessage: BOOLEAN,
  biTag: (value) => STRING(value) && Buffer.byteLength(value) <= 64,
  receiptId: STRING,
  collapseKey: INTEGER(-1, 100),
  backgroundMode: ONE_OF(1),
};
const BODY = { required: { payload: OBJECT, target: OBJECT }, optional: { pushOptions: OBJECT } };
const TARGET = { required: { token: (value) => Array.isArray(value) && value.length > 0 && value.every(NON_EMPTY) }, optional: {} };

/** The first thing wrong with a body, as `{code, msg}`, or undefined. */
export function schemaFault(pushType, body) {
  const payloadShape = PAYLOADS[pushType];
  if (payloadShape === undefined) return { code: '80100001', msg: `push-type ${pushType} is not known` };
  if (!OBJECT(body)) return { code: '80100001', msg: 'the body is no object' };
  return (
    fault('80100001', 'body', BODY, body) ??
    fault('80100001', 'target', TARGET, body.target) ??
    fault('80100003', 'payload', payloadShape, body.payload) ??
    notificationFault(pushType, body.payload.notification) ??
    optionsFault(pushType, body.pushOptions)
  );
}

function notificationFault(pushType, notification) {
  if (notification === undefined) return undefined;
  const found =
    fault('80100003', 'notification', NOTIFICATION, notification) ??
    fault('80100003', 'clickAction', CLICK_ACTION, notification.clickAction);
  if (found !== undefined) return found;
  if (pushType === '2' && notification.category !== 'PLAY_VOICE') {
    return { code: '80100003', msg: 'push-type 2 needs the category PLAY_VOICE' };
  }
  return undefined;
}

function optionsFault(pushType, options = {}) {
  const { ttl, ...others } = options;
  if (ttl !== undefined && !INTEGER(1, 1_296_000)(ttl)) return { code: '80100004', msg: 'ttl is not 1 to 1296000 seconds' };
  const found = fault('80100001', 'pushOptions', { required: {}, optional: OPTIONS }, others);
  if (found !== undefined) return found;
  if (others.collapseKey !== undefined && !['0', '2'].includes(pushType)) {
    return { code: '80100001', msg: 'collapseKey is for push-type 0 and 2' };
  }
  if (others.backgroundMode !== undefined && pushType !== '6') {
    return { code: '80100001', msg: 'backgroundMode is for push-type 6' };
  }
  return undefined;
}

function fault(code, where, { required, optional }, value) {
  for (const name of Object.keys(required)) {
    if (value[name] === undefined) return { code, msg: `${where}.${name} is missing` };
  }
  for (const [name, member] of Object.entries(value)) {
    const accepts = required[name] ?? optional[name];
    if (accepts === undefined) return { code, msg: `${where}.${name} is not known` };
    if (!accepts(member)) return { code, msg: `${where}.${name} has a wrong value` };
  }
  return undefined;
}
