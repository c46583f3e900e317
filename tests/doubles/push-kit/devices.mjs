// The device side: what `@kit.PushKit` would get from the system ("Push Kit, ArkTS API: pushService",
// "Sending background messages", "Storing messages through proxyData").
import { randomBytes, randomUUID } from 'node:crypto';
import { readBody, respond } from './wire.mjs';

/** A cached background message is kept for seven days. */
const CACHE_MS = 7 * 24 * 3600 * 1000;
/** Tokens of this length are given out today; nothing may rely on it. */
const TOKEN_BYTES = 82;

export class Devices {
  #byToken = new Map();
  #tokenByAaid = new Map();

  /** The documented reason why this token cannot be served, or undefined. */
  refusalReason(token) {
    const device = this.#byToken.get(token);
    return device === undefined ? 'tokenFormatError' : device.reason;
  }

  /** Hands one accepted message to its device. */
  deliver(token, pushType, body, requestId) {
    const device = this.#byToken.get(token);
    if (pushType === 0) return deliverAlert(device, body.payload.notification, requestId);
    if (pushType === 1) return device.forms.push(body.payload);
    if (pushType === 7) return device.liveViews.push(body.payload);
    if (pushType === 6) return deliverBackground(device, body.payload, requestId);
    // Types 2 and 10 start the app's process: with nobody connected they wait for it.
    const data = pushType === 2 ? spokenData(body.payload) : plainData(body.payload);
    const message = { type: pushType === 2 ? 'IM' : 'VoIP', data };
    if (!device.write(message)) device.waiting.push(message);
  }

  /** A v1 notification: the system shows it. */
  showV1(token, { notification: { title, body }, android }) {
    const { notify_id: notifyId, click_action: clickAction } = android.notification;
    this.#byToken.get(token).show({ title, body, notifyId, clickAction, category: android.category, data: {} });
  }

  /** A notification that was not tapped goes away ("push-msg-revoke"). */
  takeBack(token, notifyId) {
    const device = this.#byToken.get(token);
    device.notifications = device.notifications.filter((shown) => shown.notifyId !== notifyId);
  }

  /** A v1 data message: the app runs and gets the text. */
  deliverV1(token, data) {
    const device = this.#byToken.get(token);
    const message = { type: 'BACKGROUND', data: plainData({ extraData: data }) };
    if (!device.write(message)) device.waiting.push(message);
  }

  async answer(url, request, response) {
    const route = `${request.method} ${url.pathname}`;
    if (route === 'POST /device/token') return this.#answerToken(JSON.parse(await readBody(request)), response);
    if (route === 'POST /device/reason') return this.#answerReason(JSON.parse(await readBody(request)), response);
    const device = this.#byToken.get(url.searchParams.get('token') ?? '');
    if (device === undefined) return respond(response, 404, { error: 'no device has this token' });
    if (route === 'GET /device/messages') return device.open(response);
    if (route === 'GET /device/table') return respond(response, 200, device.table);
    if (route === 'DELETE /device/table') return respond(response, 200, device.table.splice(0));
    if (route === 'GET /device/foreground') return respond(response, 200, { foreground: device.stream !== undefined });
    if (route === 'GET /device/notifications') return respond(response, 200, device.notifications);
    if (route === 'GET /device/badge') return respond(response, 200, { badge: device.badge });
    if (route === 'GET /device/forms') return respond(response, 200, device.forms);
    if (route === 'GET /device/live-views') return respond(response, 200, device.liveViews);
    return respond(response, 404, { error: `no such route: ${route}` });
  }

  close() {
    for (const device of this.#byToken.values()) device.stream?.end();
  }

  /** `getToken()`: the same token for the same AAID, until `renew` (a reinstall) replaces it. */
  #answerToken({ aaid, renew = false }, response) {
    if (typeof aaid !== 'string' || aaid === '') return respond(response, 400, { error: 'aaid must be a text' });
    let token = this.#tokenByAaid.get(aaid);
    if (token === undefined || renew) {
      this.#byToken.delete(token);
      token = `MA${randomBytes(TOKEN_BYTES).toString('base64url')}`;
      this.#tokenByAaid.set(aaid, token);
      this.#byToken.set(token, new Device());
    }
    this.#byToken.get(token).deliverCached();
    respond(response, 200, { token });
  }

  /** Lets a test give a token one of the documented reasons, or none. */
  #answerReason({ token, reason }, response) {
    const device = this.#byToken.get(token);
    if (device === undefined) return respond(response, 404, { error: 'no device has this token' });
    device.reason = reason;
    respond(response, 200, {});
  }
}

class Device {
  reason = undefined;
  stream = undefined;
  cached = undefined;
  waiting = [];
  table = [];
  notifications = [];
  badge = 0;
  forms = [];
  liveViews = [];
  nextRow = 1;

  /** The app comes to the foreground: its callbacks are served from here on. */
  open(response) {
    this.stream?.end();
    this.stream = response;
    response.writeHead(200, { 'content-type': 'application/jsonl', 'cache-control': 'no-store' });
    response.on('close', () => {
      if (this.stream === response) this.stream = undefined;
    });
    response.write('{"hello":true}\n');
    for (const message of this.waiting.splice(0)) this.write(message);
    this.deliverCached();
  }

  /** Only the newest background message is kept, and it comes with the next foreground `getToken()`. */
  deliverCached(nowMs = Date.now()) {
    if (this.stream === undefined || this.cached === undefined) return;
    const { message, atMs } = this.cached;
    this.cached = undefined;
    if (nowMs - atMs < CACHE_MS) this.write(message);
  }

  /** A notification with the same notifyId replaces the older one. */
  show(shown) {
    if (shown.notifyId !== undefined && shown.notifyId !== -1) {
      this.notifications = this.notifications.filter((older) => older.notifyId !== shown.notifyId);
    }
    this.notifications.push(shown);
  }

  /** `setNum` goes before `addNum`. */
  count({ addNum = 0, setNum } = {}) {
    this.badge = setNum ?? this.badge + addNum;
  }

  /** True when the app's process got it. */
  write(message) {
    return this.stream !== undefined && (this.stream.write(`${JSON.stringify(message)}\n`), true);
  }
}

function deliverBackground(device, payload, requestId) {
  const message = { type: 'BACKGROUND', data: plainData(payload) };
  if (device.write(message)) return;
  if (payload.proxyData === 'ENABLE') device.table.push(tableRow(device, payload, requestId));
  else device.cached = { message, atMs: Date.now() };
}

/** A notification with `foregroundShow: false` goes to the app in the foreground; any other is shown. */
function deliverAlert(device, notification, requestId) {
  device.count(notification.badge);
  if (notification.title === undefined) return;
  if (notification.foregroundShow === false && device.stream !== undefined) {
    const { title, body } = notification;
    device.write({ type: 'ALERT', data: JSON.stringify({ data: '', header: header(), notification: { title, body } }) });
    return;
  }
  const { appMessageId } = notification;
  if (appMessageId !== undefined && device.notifications.some((shown) => shown.appMessageId === appMessageId)) return;
  const { title, body, category, clickAction, notifyId, profileId } = notification;
  device.show({ id: requestId, appMessageId, notifyId, profileId, title, body, category, data: clickAction.data ?? {} });
}

/** One row of `t_push_message`, with the columns that the system writes. */
function tableRow(device, payload, requestId) {
  return {
    id: device.nextRow++,
    message_id: requestId ?? randomUUID(),
    push_type: 'BACKGROUND',
    message_action: 0,
    message: JSON.stringify({ data: payload.extraData }),
    field1: null,
    field2: null,
    field3: null,
    field4: null,
    field5: null,
    create_time: Date.now(),
  };
}

function plainData(payload) {
  return JSON.stringify({ data: payload.extraData, header: header() });
}

function spokenData({ extraData, notification: { title, body } }) {
  return JSON.stringify({ data: extraData, header: header(), messageAction: 0, notification: { title, body } });
}

/** The system shows no more of the token than its first two letters. */
function header() {
  return { token: 'MA**' };
}
