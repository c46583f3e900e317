// The shape of a v3 body for each push-type, by Huawei's "request parameters" (push-scenariozed-api-request-param). A member that the
// page does not name is refused. README.md of tests/doubles cites each rule.
import { fault, BOOLEAN, HTTPS, INTEGER, LIST, NON_EMPTY, OBJECT, ONE_OF, STRING, TEXT } from './shape.mjs';

const CLICK_ACTION = {
  required: { actionType: ONE_OF(0, 1) },
  optional: { action: STRING, uri: STRING, data: OBJECT },
};
const BADGE = { required: {}, optional: { addNum: INTEGER(1, 99), setNum: INTEGER(0, 99) } };
const NOTIFICATION = {
  required: { category: NON_EMPTY, title: NON_EMPTY, body: NON_EMPTY, clickAction: OBJECT },
  optional: {
    image: HTTPS,
    style: ONE_OF(0, 1, 3),
    bigTitle: NON_EMPTY,
    bigBody: NON_EMPTY,
    inboxContent: LIST(1, 3, TEXT(1024)),
    notifyId: INTEGER(-1, 2 ** 31 - 1),
    appMessageId: (value) => STRING(value) && /^[A-Za-z0-9+/=_\s-]{1,64}$/.test(value),
    profileId: TEXT(64),
    foregroundShow: BOOLEAN,
    badge: OBJECT,
    sound: NON_EMPTY,
    soundDuration: INTEGER(1, 60),
  },
};
/** A number on the icon alone: no other member ("push-send-badge": neither title nor body). */
const BADGE_ALONE = { required: { badge: OBJECT }, optional: {} };
const FORM_IMAGE = { required: {}, optional: { keyName: STRING, url: HTTPS, require: ONE_OF(0, 1) } };
const FORM_VALUES = (value) => OBJECT(value) && Object.entries(value).every(([name, member]) => !name.startsWith('datashareproxy://') && member !== null);
const FORM = {
  required: {
    formId: INTEGER(0, Number.MAX_SAFE_INTEGER),
    version: INTEGER(0, 2 ** 31 - 1),
    moduleName: NON_EMPTY,
    formName: NON_EMPTY,
    abilityName: NON_EMPTY,
    formData: FORM_VALUES,
  },
  optional: { images: LIST(1, 1, OBJECT) },
};
const EVENTS = 'TAXI DELIVERY FLIGHT TRAIN QUEUE PICK_UP SCORE RENT TIMER WORKOUT NAVIGATION'.split(' ');
/** A message may create the live view of these events alone. */
const CREATED_EVENTS = ['FLIGHT', 'TAXI', 'TRAIN'];
const LIVE_VIEW = {
  required: {
    activityId: INTEGER(-(2 ** 31), 2 ** 31 - 1),
    operation: ONE_OF(0, 1, 2),
    event: ONE_OF(...EVENTS),
    activityData: (value) => OBJECT(value) && OBJECT(value.notificationData),
  },
  optional: { status: NON_EMPTY, title: STRING, content: STRING, mute: BOOLEAN, version: INTEGER(0, 2 ** 31 - 1) },
};
const PAYLOADS = {
  0: { required: { notification: OBJECT }, optional: {} },
  1: FORM,
  2: { required: { notification: OBJECT, extraData: NON_EMPTY }, optional: {} },
  6: { required: { extraData: NON_EMPTY }, optional: { proxyData: ONE_OF('ENABLE') } },
  7: LIVE_VIEW,
  10: { required: { extraData: NON_EMPTY }, optional: {} },
};
const OPTIONS = {
  testMessage: BOOLEAN,
  biTag: (value) => STRING(value) && Buffer.byteLength(value) <= 64,
  receiptId: STRING,
  collapseKey: INTEGER(-1, 100),
  backgroundMode: ONE_OF(0, 1),
};
const BODY = { required: { payload: OBJECT, target: OBJECT }, optional: { pushOptions: OBJECT } };
const TARGET = { required: { token: (value) => LIST(1, Infinity, NON_EMPTY)(value) }, optional: {} };

/** The first thing wrong with a body, as `{code, msg}`, or undefined. */
export function schemaFault(pushType, body) {
  const payloadShape = PAYLOADS[pushType];
  if (payloadShape === undefined) return { code: '80100003', msg: 'Illegal payload, The header does not contain valid push-type' };
  if (!OBJECT(body)) return { code: '80100001', msg: 'the body is no object' };
  return (
    fault('80100001', 'body', BODY, body) ??
    fault('80100001', 'target', TARGET, body.target) ??
    fault('80100003', 'payload', payloadShape, body.payload) ??
    notificationFault(pushType, body.payload.notification) ??
    (pushType === '1' ? formFault(body.payload) : undefined) ??
    (pushType === '7' ? liveViewFault(body.payload) : undefined) ??
    optionsFault(pushType, body.pushOptions)
  );
}

function notificationFault(pushType, notification) {
  if (notification === undefined) return undefined;
  const illegal = (msg) => ({ code: '80100003', msg: `Illegal payload, ${msg}` });
  const badge = notification.badge === undefined ? undefined : fault('80100003', 'badge', BADGE, notification.badge);
  if (badge !== undefined) return badge;
  if (pushType === '0' && notification.title === undefined && notification.body === undefined) {
    return fault('80100003', 'notification', BADGE_ALONE, notification);
  }
  const found =
    fault('80100003', 'notification', NOTIFICATION, notification) ??
    fault('80100003', 'clickAction', CLICK_ACTION, notification.clickAction);
  if (found !== undefined) return found;
  const { actionType, action, uri } = notification.clickAction;
  if (actionType === 1 && !action && !uri) return illegal('actionType 1 needs action or uri');
  if (notification.style === 1 && (!notification.bigTitle || !notification.bigBody)) return illegal('style 1 needs bigTitle and bigBody');
  if (notification.style === 3 && notification.inboxContent === undefined) return illegal('style 3 needs inboxContent');
  const isSpoken = notification.category === 'PLAY_VOICE';
  return (pushType === '2') === isSpoken ? undefined : illegal('PLAY_VOICE is the category of push-type 2 alone');
}

function formFault({ images = [], formData }) {
  const found = images.map((image) => fault('80100003', 'images', FORM_IMAGE, image)).find((one) => one !== undefined);
  if (found !== undefined) return found;
  const repeated = images.some(({ keyName }) => keyName !== undefined && Object.hasOwn(formData, keyName));
  return repeated ? { code: '80100003', msg: 'Illegal payload, keyName repeats a name of formData' } : undefined;
}

function liveViewFault({ operation, event, status }) {
  if (operation !== 0) return undefined;
  if (!CREATED_EVENTS.includes(event)) return { code: '80100003', msg: 'Illegal payload, this event cannot be created' };
  return status === undefined ? { code: '80100003', msg: 'Illegal payload, status is needed to create' } : undefined;
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
