// One run of the fault schedule: a device, an app that handles messages, and faults at chosen kit calls. See faults.test.mjs.
import { KitError } from '../../doubles/kits/device.mjs';
import { PushKitInMemory, systemWrites } from '../../doubles/kits/push-kit-service.mjs';
import { har, makeContext, makeDevice } from './app.mjs';
import { startFresh } from './fresh.mjs';
import { seal } from './sealing.mjs';

const DAY = 86400000;
const PATHS = ['BACKGROUND', 'BACKGROUND', 'IM', 'VoIP', 'tap', 'table', 'table'];
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Random numbers that a seed repeats (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** What an injected failure of a kit looks like. */
function failureOf(call) {
  if (call.startsWith('relationalStore')) return new KitError(14800029, 'the disk is full');
  if (call.startsWith('preferences')) return new KitError(15500000, 'inner error');
  if (call.startsWith('asset')) return new KitError(24000001, 'the Asset Store is not available');
  if (call.startsWith('http')) return new KitError(2300056, 'failed to receive data from the peer');
  return new KitError(1000900009, 'internal error of Push Kit');
}

export class Schedule {
  /** `faults`: call number → 'kill' or 'fail'. */
  constructor(backend, seed, faults) {
    this.backend = backend;
    this.random = randomFrom(seed);
    this.faults = faults;
    this.calls = 0;
    this.clock = 0;
    this.armed = true;
    this.messages = new Map();
    this.problems = [];
    this.device = makeDevice({ pushKit: new PushKitInMemory(), timeFactor: 400, fault: (call) => this.inject(call) });
    this.device.pushKit.onSuperseded = (payload) => (this.messageOf(payload).fate = 'superseded at Push Kit');
    this.device.pushKit.onDelivered = (payload, app) => (this.messageOf(payload).takenBy = app);
  }

  inject(call) {
    if (call === 'relationalStore.querySqlSync') this.device.process.opened = true;
    if (!this.armed) return undefined;
    this.calls += 1;
    const fault = this.faults.get(this.calls);
    if (fault === 'kill') this.noteDeath();
    return fault === 'fail' ? failureOf(call) : fault;
  }

  /** At the moment of death: which successes did the database not know yet? */
  noteDeath() {
    this.device.process.diedInFaults = this.armed;
    for (const message of this.messages.values()) {
      if (message.successes > 0 && !this.isRecorded(message.id)) message.unrecorded += 1;
    }
  }

  isRecorded(id) {
    const database = this.device.databases.get('pushseal.db');
    if (!database?.has('pushseal_inbox')) return false;
    return database.select('SELECT 1 FROM pushseal_inbox WHERE id = ? AND state = 2', [id]).rowCount > 0;
  }

  messageOf(payload) {
    return this.messages.get(payload.id ?? this.idBySealed.get(JSON.parse(payload.data).data));
  }

  idBySealed = new Map();

  /** The system, or the user, ends the process. */
  end() {
    if (!this.device.process?.alive) return;
    this.noteDeath();
    this.device.process.kill();
  }

  async start() {
    this.end();
    const { module, appProcess } = startFresh(this.device, har);
    appProcess.foreground = true;
    this.pushseal = module;
    this.context = makeContext(this.device);
    module.listen({ context: this.context }, (message) => this.handle(message, appProcess), {
      onProblem: (problem) => this.problems.push({ ...problem, process: appProcess }),
    });
    this.sync();
    module.drain().catch(() => {});
    await rest(1);
  }

  sync() {
    const config = { baseUrl: this.backend.baseUrl, region: 'cn', retry: { attempts: 3, firstDelay: 200, maxDelay: 800 } };
    return this.pushseal.syncToken(this.context, config).catch(() => {});
  }

  async handle(message, process) {
    const sent = this.messages.get(message.id);
    if (this.armed && this.random() < 0.2) throw new Error('the handler fails');
    await rest(this.random() < 0.3 ? 1 : 0);
    if (!process.alive) return;
    sent.successes += 1;
  }

  /** The key that a backend seals with: what the device registered there, if anything. */
  key() {
    return this.backend.devices.get(this.device.aaid)?.keys[0];
  }

  async send(path) {
    const key = this.key();
    if (key === undefined) return;
    const id = `m${this.messages.size}`;
    const sealed = await seal(key, { id }, { jti: id });
    const message = { id, sealed, successes: 0, unrecorded: 0, fate: '', takenBy: undefined, inTable: false };
    this.messages.set(id, message);
    this.idBySealed.set(sealed, id);
    this.deliver(message, path);
  }

  deliver(message, path) {
    const app = this.device.process;
    if (path === 'tap') {
      if (!app.alive) return;
      this.attempt(() => this.pushseal.openTap({ parameters: { pushseal: message.sealed } }));
      if (app.alive) message.takenBy = app;
      return;
    }
    if (path === 'table') {
      message.inTable = systemWrites(this.device, message.sealed) || message.inTable;
      return;
    }
    const where = this.device.pushKit.send(this.device, path, message.sealed, { proxyData: this.random() < 0.6 });
    if (where === 'receiver') message.takenBy = app;
    if (where === 'table') message.inTable = true;
    if (where === 'lost' && message.takenBy === undefined) message.fate = 'no process took it';
  }

  attempt(action) {
    try {
      action();
    } catch (error) {
      if (this.device.process.alive) throw error;
    }
  }

  async step() {
    const pick = this.random();
    const known = [...this.messages.values()];
    if (pick < 0.45) await this.send(PATHS[Math.floor(this.random() * PATHS.length)]);
    else if (pick < 0.6 && known.length > 0) this.deliver(known[Math.floor(this.random() * known.length)], ['IM', 'tap', 'table'][Math.floor(this.random() * 3)]);
    else if (pick < 0.68) this.device.process.foreground = !this.device.process.foreground;
    else if (pick < 0.74) this.device.pushKit.renew(this.device);
    else if (pick < 0.8) this.clock += (this.random() < 0.5 ? -1 : 1) * Math.floor(this.random() * 2 * DAY);
    else if (pick < 0.86) this.backend.failNext(this.random() < 0.5 ? 500 : 503);
    else if (pick < 0.92) await this.start();
    else if (this.device.process.alive) this.pushseal.drain().catch(() => {});
    await rest(this.random() < 0.5 ? 0 : 2);
  }

  /** Runs `steps` random steps with faults, then lets everything settle without any. */
  async run(steps) {
    const now = Date.now;
    Date.now = () => now() + this.clock;
    try {
      await this.start();
      await this.settle(40);
      for (let i = 0; i < steps; i += 1) {
        if (!this.device.process.alive) await this.start();
        await this.step();
      }
      this.armed = false;
      this.backend.failures = [];
      // Without faults the process must recover by itself; what it only held in memory has no excuse any more.
      if (this.device.process.alive) await rest(20);
      await this.start();
      await this.settle(200);
    } finally {
      Date.now = now;
      this.device.process.kill();
    }
  }

  /** Waits until nothing waits any more, at most `rounds` rounds. */
  async settle(rounds) {
    for (let i = 0; i < rounds && !this.isSettled(); i += 1) await rest(2);
  }

  isSettled() {
    const database = this.device.databases.get('pushseal.db');
    if (!database?.has('pushseal_inbox') || this.backend.devices.get(this.device.aaid) === undefined) return false;
    const waiting = database.select('SELECT (SELECT COUNT(*) FROM pushseal_inbox WHERE state < 2) + (SELECT COUNT(*) FROM t_push_message)', []);
    return waiting.rows[0][0] === 0 && this.backend.devices.get(this.device.aaid).token === this.device.pushKit.tokens.get(this.device.aaid);
  }

  /** What became of every message, and everything that must not be. */
  verdict() {
    const counts = { sent: this.messages.size, handled: 0, repeatedAfterDeath: 0, excused: {}, dropped: {} };
    const wrong = [];
    const drops = this.problems.filter((problem) => problem.dropped);
    for (const { reason } of drops) counts.dropped[reason] = (counts.dropped[reason] ?? 0) + 1;
    let unexplained = 0;
    for (const message of this.messages.values()) {
      if (message.successes > 0) counts.handled += 1;
      if (message.successes > 1) {
        if (message.successes > 1 + message.unrecorded) wrong.push(`${message.id} was handled ${message.successes} times`);
        else counts.repeatedAfterDeath += 1;
      }
      if (message.successes === 0) {
        const excuse = this.excuseFor(message);
        if (excuse) counts.excused[excuse] = (counts.excused[excuse] ?? 0) + 1;
        else unexplained += 1;
      }
    }
    if (unexplained > drops.length) wrong.push(`${unexplained} messages lost, ${drops.length} dropped for a reason`);
    const registration = this.backend.devices.get(this.device.aaid);
    if (registration === undefined) wrong.push('the device is not registered');
    else if (registration.token !== this.device.pushKit.tokens.get(this.device.aaid)) wrong.push('the backend has another token');
    wrong.push(...this.leaks());
    return { counts, wrong };
  }

  // Outside the app's power, or reported by name while it happened.
  excuseFor({ fate, takenBy, inTable }) {
    if (inTable) return undefined;
    if (fate !== '') return fate;
    if (takenBy === undefined) return 'no process took it';
    if (takenBy.alive || !takenBy.diedInFaults) return undefined;
    if (!takenBy.opened) return 'died before the database was open';
    return this.problems.some((problem) => problem.process === takenBy && problem.reason === 'InboxUnavailable') ? 'InboxUnavailable, then died' : undefined;
  }

  leaks() {
    const text = [...this.device.log.map((line) => line.text), JSON.stringify([...this.device.preferences])].join('\n');
    const keys = this.backend.devices.get(this.device.aaid)?.keys.map((key) => key.key) ?? [];
    return keys.filter((key) => text.includes(key)).map(() => 'a key is in the log or in preferences');
  }
}
