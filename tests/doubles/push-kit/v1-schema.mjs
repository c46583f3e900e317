// A body of the routes v1 and v2, by the rules of Huawei's server demos: hms-push-serverdemo-java (message/Message.java,
// message/AndroidConfig.java, android/AndroidNotification.java, android/ClickAction.java, android/BadgeNotification.java) and
// hms-push-serverdemo-go (push/verify/messaging_hm_verify.go). README.md of tests/doubles has the lines.
import { fault, BOOLEAN, HTTPS, INTEGER, LIST, NON_EMPTY, OBJECT, ONE_OF, STRING } from './shape.mjs';

const TTL = (value) => STRING(value) && /^(\d+|\d+[sS]|\d+.\d{1,9}|\d+.\d{1,9}[sS])$/.test(value);
const TOP = { required: { message: OBJECT }, optional: { validate_only: BOOLEAN } };
const MESSAGE = {
  required: { token: LIST(1, Infinity, NON_EMPTY) },
  optional: { data: STRING, notification: OBJECT, android: OBJECT },
};
const NOTIFICATION = { required: {}, optional: { title: STRING, body: STRING, image: (value) => STRING(value) && value.toLowerCase().startsWith('https') } };
const ANDROID = {
  required: {},
  optional: {
    collapse_key: INTEGER(-1, 100),
    urgency: ONE_OF('HIGH', 'NORMAL'),
    category: STRING,
    ttl: TTL,
    bi_tag: STRING,
    receipt_id: STRING,
    fast_app_target: ONE_OF(1, 2),
    target_user_type: ONE_OF(1, 2, 3),
    data: STRING,
    notification: OBJECT,
  },
};
const SHOWN = {
  required: { click_action: OBJECT },
  optional: {
    title: STRING,
    body: STRING,
    sound: STRING,
    default_sound: BOOLEAN,
    style: ONE_OF(0, 1, 3),
    big_title: STRING,
    big_body: STRING,
    inbox_content: LIST(1, 5, STRING),
    notify_id: INTEGER(0, 2 ** 31 - 1),
    badge: OBJECT,
    foreground_show: BOOLEAN,
    image: HTTPS,
    // The Java demo refuses ids up to 64 characters and says the opposite; its words are followed.
    profile_id: (value) => STRING(value) && value.length <= 64,
  },
};
const CLICK_ACTION = {
  required: { type: ONE_OF(1, 2, 3, 4) },
  optional: { intent: STRING, action: STRING, url: HTTPS, rich_resource: HTTPS },
};
const BADGE = { required: {}, optional: { add_num: INTEGER(1, 99), set_num: INTEGER(0, 99), class: STRING } };

/** The first thing wrong with a body, as `{code, msg}`, or undefined. */
export function v1Fault(body) {
  if (!OBJECT(body)) return { code: '80100001', msg: 'the body is no object' };
  const { message } = body;
  const found = fault('80100001', 'body', TOP, body) ?? fault('80100001', 'message', MESSAGE, message);
  if (found !== undefined) return found;
  if (message.data === undefined && message.notification === undefined) return illegal('neither data nor notification');
  const android = message.android ?? {};
  return (
    (message.notification === undefined ? undefined : fault('80100003', 'notification', NOTIFICATION, message.notification)) ??
    fault('80100003', 'android', ANDROID, android) ??
    shownFault(message.notification, android.notification)
  );
}

function shownFault(notification, shown) {
  if (notification === undefined && shown === undefined) return undefined;
  if (shown === undefined) return illegal('click_action object must not be null');
  const found =
    fault('80100003', 'android.notification', SHOWN, shown) ??
    fault('80100003', 'click_action', CLICK_ACTION, shown.click_action) ??
    (shown.badge === undefined ? undefined : fault('80100003', 'badge', BADGE, shown.badge));
  if (found !== undefined) return found;
  if (!(notification?.title || shown.title)) return illegal('title should be set');
  if (!(notification?.body || shown.body)) return illegal('body should be set');
  if (!shown.sound && shown.default_sound !== true) return illegal('sound must not be empty when default_sound is false');
  if (shown.style === 1 && !(shown.big_title && shown.big_body)) return illegal('big_title and big_body are required when style = 1');
  if (shown.style === 3 && shown.inbox_content === undefined) return illegal('inbox_content is required when style = 3');
  return clickFault(shown.click_action);
}

function clickFault({ type, intent, action, url, rich_resource: rich }) {
  if (type === 1 && !intent && !action) return illegal('intent or action is required when click type = 1');
  if (type === 2 && !url) return illegal('url is required when click type = 2');
  if (type === 4 && !rich) return illegal('rich_resource is required when click type = 4');
  return undefined;
}

function illegal(msg) {
  return { code: '80100003', msg: `Illegal payload, ${msg}` };
}
