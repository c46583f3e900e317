// The two ways a simulated device reaches Push Kit: in memory for tests, over loopback for the demo.
import { pushTable } from './data-share.mjs';
import { KitError } from './device.mjs';

const RECEIVER_OF = { BACKGROUND: 'BACKGROUND', IM: 'IM', VoIP: 'VoIP', ALERT: 'DEFAULT' };

/** Hands a message to the receiver that the app registered for its type. */
export function deliver(app, payload) {
  if (!app?.alive) return false;
  const receiver = app.receivers.get(RECEIVER_OF[payload.type]);
  receiver?.(payload);
  // A process that died in its callback has not taken the message: nothing documents it, and nothing else can be asked of the app.
  return receiver !== undefined && app.alive;
}

/** Push Kit without a network: background messages wait as documented, `proxyData` goes into the app's table. */
export class PushKitInMemory {
  constructor() {
    this.serial = 0;
    this.tokens = new Map();
    this.cached = undefined;
    /** Set to an error for `getToken` to fail with. */
    this.failure = undefined;
  }

  async token(aaid) {
    if (this.failure) throw this.failure;
    if (!this.tokens.has(aaid)) this.#issue(aaid);
    return this.tokens.get(aaid);
  }

  /** The token changes, as after a restore; a running app is told where its system has `tokenUpdate`. */
  renew(device) {
    const token = this.#issue(device.aaid);
    device.process?.tokenUpdate?.(token);
    return token;
  }

  #issue(aaid) {
    this.serial += 1;
    const token = `MA**${String(this.serial).padStart(4, '0')}${'t'.repeat(104)}`;
    this.tokens.set(aaid, token);
    return token;
  }

  async deleteToken(aaid) {
    this.tokens.delete(aaid);
  }

  async connect(device, app) {
    if (this.cached === undefined || !app.foreground) return;
    const payload = this.cached;
    queueMicrotask(() => {
      if (!deliver(app, payload)) return;
      if (this.cached === payload) this.cached = undefined;
      this.onDelivered?.(payload, app);
    });
  }

  /** A message for the device; gives where it went. `fields` stand in Push Kit's JSON beside the data: a call's `callId`, a `notification`. */
  send(device, type, extraData, { proxyData = false, ...fields } = {}) {
    const call = type === 'VoIP' ? { callId: crypto.randomUUID() } : {};
    const payload = { type, data: JSON.stringify({ data: extraData, header: { token: 'MA**' }, ...call, ...fields }) };
    const app = device.process;
    const wanted = app?.alive && (type !== 'BACKGROUND' || app.foreground);
    if (wanted && deliver(app, payload)) return 'receiver';
    if (type !== 'BACKGROUND') return 'lost';
    if (proxyData && systemWrites(device, extraData)) return 'table';
    if (this.cached !== undefined) this.onSuperseded?.(this.cached);
    this.cached = payload;
    return 'cached';
  }
}

/** What the system does for `proxyData`: writes into the app's table without starting the app; not before the first unlock. */
export function systemWrites(device, extraData, createTime = Date.now()) {
  const found = pushTable(device);
  if (!device.unlocked || found === undefined || found.database.owner !== undefined) return false;
  found.database.run(
    `INSERT INTO ${found.table} (message_id, push_type, message_action, message, create_time) VALUES (?, ?, ?, ?, ?)`,
    [crypto.randomUUID(), 'BACKGROUND', 0, JSON.stringify({ data: extraData }), createTime],
  );
  return true;
}

/** The JSON lines of a stream. */
async function* linesOf(body) {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split('\n');
    text = lines.pop();
    for (const line of lines.filter((line) => line.trim() !== '')) yield JSON.parse(line);
  }
}

/** Push Kit as a program on loopback (tests/doubles/push-kit), reached by its device endpoints. */
export class PushKitOverHttp {
  constructor(base) {
    this.base = base;
  }

  async token(aaid) {
    try {
      return await this.#askToken({ aaid });
    } catch (cause) {
      throw cause instanceof KitError ? cause : new KitError(1000900009, 'Push Kit cannot be reached');
    }
  }

  /** Opens the stream of messages, which stands for the app in the foreground; resolves at its first line. */
  async connect(device, app, token) {
    device.pushToken = token;
    if (!app.foreground || app.stream?.token === token) return;
    app.stream?.close();
    const abort = new AbortController();
    app.stream = { token, close: () => abort.abort() };
    app.connections.add(app.stream);
    await new Promise((greeted, failed) => {
      this.#read(token, app, abort.signal, greeted).catch((error) => (abort.signal.aborted ? greeted() : failed(error)));
    });
  }

  /** The app left the foreground. */
  disconnect(app) {
    app.stream?.close();
    app.connections.delete(app.stream);
    app.stream = undefined;
  }

  async #read(token, app, signal, greeted) {
    const response = await fetch(`${this.base}/device/messages?token=${encodeURIComponent(token)}`, { signal });
    for await (const payload of linesOf(response.body)) {
      if (payload.hello) greeted();
      else deliver(app, payload);
    }
  }

  /** What the system does meanwhile: messages with `proxyData` go into the app's table. Gives the number of rows. */
  async writeTable(device) {
    if (device.pushToken === undefined) return 0;
    const url = `${this.base}/device/table?token=${encodeURIComponent(device.pushToken)}`;
    const rows = await (await fetch(url, { method: 'DELETE' })).json();
    for (const row of rows) systemWrites(device, JSON.parse(row.message).data, row.create_time);
    return rows.length;
  }

  /** The next message that waits for the app's process: of push-type 2 the system hands it to the extension. */
  async takeWaiting(device) {
    const response = await fetch(`${this.base}/device/messages?token=${encodeURIComponent(device.pushToken)}`);
    for await (const payload of linesOf(response.body)) if (!payload.hello) return payload;
    throw new Error('the stream of messages ended');
  }

  /** Whether Push Kit takes the app to be in the foreground: it learns of a process's end a moment later. */
  async inForeground(device) {
    return (await (await fetch(`${this.base}/device/foreground?token=${encodeURIComponent(device.pushToken)}`)).json()).foreground;
  }

  /** The notifications that are shown; each has `data`, what a tap hands to the app. */
  async notifications(device) {
    return (await fetch(`${this.base}/device/notifications?token=${encodeURIComponent(device.pushToken)}`)).json();
  }

  /** The token changes, as after a restore; a running app is told where its system has `tokenUpdate`. */
  async renew(device) {
    const token = await this.#askToken({ aaid: device.aaid, renew: true });
    device.pushToken = token;
    device.process?.tokenUpdate?.(token);
    return token;
  }

  async #askToken(body) {
    const response = await fetch(`${this.base}/device/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new KitError(1000900009, `the Push Kit double answered ${response.status}`);
    return (await response.json()).token;
  }
}
