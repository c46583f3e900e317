// The two ways a simulated device reaches Push Kit: in memory for tests, over loopback for the demo.

const RECEIVER_OF = { BACKGROUND: 'BACKGROUND', IM: 'IM', VoIP: 'VoIP', ALERT: 'DEFAULT' };

/** Hands a message to the receiver that the app registered for its type. */
export function deliver(app, payload) {
  if (!app?.alive) return false;
  const receiver = app.receivers.get(RECEIVER_OF[payload.type]);
  receiver?.(payload);
  return receiver !== undefined;
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
    if (!this.tokens.has(aaid)) this.renew(aaid);
    return this.tokens.get(aaid);
  }

  /** The token changes, as after a restore. */
  renew(aaid) {
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
      if (deliver(app, payload) && app.alive) this.cached = undefined;
    });
  }

  /** A message for the device; gives where it went. */
  send(device, type, extraData, { proxyData = false } = {}) {
    const payload = { type, data: JSON.stringify({ data: extraData, header: { token: 'MA**' } }) };
    const app = device.process;
    const wanted = app?.alive && (type !== 'BACKGROUND' || app.foreground);
    if (wanted && deliver(app, payload)) return 'receiver';
    if (type !== 'BACKGROUND') return 'lost';
    if (proxyData && systemWrites(device, extraData)) return 'table';
    this.cached = payload;
    return 'cached';
  }
}

/** What the system does for `proxyData`: writes into the app's table without starting the app. */
export function systemWrites(device, extraData, createTime = Date.now()) {
  const database = device.databases.get('pushseal.db');
  if (database === undefined) return false;
  database.run(
    'INSERT INTO t_push_message (message_id, push_type, message_action, message, create_time) VALUES (?, ?, ?, ?, ?)',
    [crypto.randomUUID(), 'BACKGROUND', 0, JSON.stringify({ data: extraData }), createTime],
  );
  return true;
}

/** Push Kit as a program on loopback (tests/doubles/push-kit), reached by its device endpoints. */
export class PushKitOverHttp {
  constructor(base) {
    this.base = base;
  }

  async token(aaid) {
    const response = await fetch(`${this.base}/device/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ aaid }),
    });
    return (await response.json()).token;
  }

  /** Opens the stream of messages; resolves at its first line. */
  async connect(device, app, token) {
    device.pushToken = token;
    const abort = new AbortController();
    app.connections.add({ close: () => abort.abort() });
    const response = await fetch(`${this.base}/device/messages?token=${encodeURIComponent(token)}`, { signal: abort.signal });
    await new Promise((greeted, failed) => {
      this.#read(response, app, greeted).catch((error) => (abort.signal.aborted ? greeted() : failed(error)));
    });
  }

  async #read(response, app, greeted) {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body) {
      text += decoder.decode(chunk, { stream: true });
      const lines = text.split('\n');
      text = lines.pop();
      for (const line of lines.filter((line) => line.trim() !== '')) {
        const payload = JSON.parse(line);
        if (payload.hello) greeted();
        else deliver(app, payload);
      }
    }
  }

  /** Writes what the program kept for `proxyData` into the app's table; gives the number of rows. */
  async drainInto(device) {
    if (device.pushToken === undefined) return 0;
    const response = await fetch(`${this.base}/device/table?token=${encodeURIComponent(device.pushToken)}`);
    const rows = await response.json();
    for (const row of rows) systemWrites(device, JSON.parse(row.message).data, row.create_time);
    return rows.length;
  }
}
