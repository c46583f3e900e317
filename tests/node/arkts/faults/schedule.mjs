// One run of the fault schedule: a device, an app that handles messages, and faults at chosen kit calls. See faults.test.mjs.
import path from 'node:path';
import { PushKitInMemory, systemWrites } from '../../../doubles/kits/push-kit-service.mjs';
import { har, makeContext, makeDevice, setForeground } from '../app.mjs';
import { startFresh } from '../fresh.mjs';
import { seal } from '../sealing.mjs';
import { attach, attachedText, breakDownload } from './attachments.mjs';
import { DatabaseFaults } from './database.mjs';
import { Injection, randomFrom } from './injection.mjs';
import { isDone, isIdle, isRegistered } from './progress.mjs';

const HOUR = 3600000;
const DAY = 24 * HOUR;
const PATHS = ['BACKGROUND', 'BACKGROUND', 'IM', 'VoIP', 'tap', 'table', 'table', 'extension'];
const extensionFile = path.join(path.dirname(har), '../entry/src/main/ets/notificationability/NotificationAbility.ets');
const rest = (ms) => new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)));

/** Stands in every message; must be in no log, preference or database. */
export const MARKER = 'plaintext-marker';

export class Schedule {
  /** `plan`: call number → 'kill' or 'fail'. */
  constructor(backend, seed, plan) {
    this.backend = backend;
    this.random = randomFrom(seed);
    this.injection = new Injection(plan);
    this.clock = 0;
    /** Who is signed in; a user who has left never comes back. */
    this.user = 'user0';
    /** The device has forgotten everybody before this user. */
    this.settledFor = 'user0';
    this.messages = new Map();
    this.bySealed = new Map();
    this.problems = [];
    this.damaged = [];
    this.device = makeDevice({ pushKit: new PushKitInMemory(), timeFactor: 400, fault: (call, process) => this.inject(call, process) });
    this.device.rawfile['pushseal.json'] = JSON.stringify({ baseUrl: backend.baseUrl, region: 'cn' });
    /** The server's time runs as the device's uptime does, whatever the device's clock is set to. */
    const begun = Date.now();
    this.serverTime = () => begun + this.device.uptime + this.device.bootedAt - this.bootedBefore;
    this.bootedBefore = this.device.uptime;
    backend.serverTime = this.serverTime;
    this.database = new DatabaseFaults(this);
    this.device.pushKit.onSuperseded = (payload) => (this.messageOf(payload).fate = 'superseded at Push Kit');
    this.device.pushKit.onDelivered = (payload, app) => this.messageOf(payload).takers.push(app);
  }

  get calls() {
    return this.injection.calls;
  }

  inject(call, process) {
    if (call === 'relationalStore.querySqlSync') process.opened = true;
    this.database.watch(call, process);
    const fault = this.injection.at(call);
    if (fault === 'kill') this.noteDeath(process);
    return fault;
  }

  /** At the moment of death: which successes did the database not know yet, and in which attempts did the process die? */
  noteDeath(process) {
    process.diedInFaults = this.injection.armed;
    if (process !== this.device.process) return;
    for (const message of this.messages.values()) {
      if (message.successes > 0 && !this.isRecorded(message.id)) message.unrecorded += 1;
      if (this.isAttempted(message.id)) message.deaths.add(process);
    }
  }

  isRecorded(id) {
    return this.select('SELECT 1 FROM pushseal_inbox WHERE id = ? AND state = 2', [id]).length > 0;
  }

  isAttempted(id) {
    return this.select('SELECT 1 FROM pushseal_inbox WHERE id = ? AND unended > 0', [id]).length > 0;
  }

  /** Rows of the app's database; none before it has one. */
  select(statement, args = []) {
    const database = this.device.databases.get('pushseal.db');
    return database?.has('pushseal_inbox') ? database.select(statement, args).rows : [];
  }

  messageOf(payload) {
    return this.sealedIn(payload.data);
  }

  sealedIn(payload) {
    return this.messages.get(this.bySealed.get(payload.startsWith('{') ? JSON.parse(payload).data : payload));
  }

  /** The system, or the user, ends the process. */
  end() {
    if (!this.device.process?.alive) return;
    this.noteDeath(this.device.process);
    this.device.process.kill();
  }

  async start() {
    this.end();
    const { module, load, appProcess } = startFresh(this.device, har);
    appProcess.foreground = true;
    this.pushseal = module;
    this.load = load;
    this.context = makeContext(this.device);
    this.create();
    this.sync();
    await rest(1);
  }

  /** An ability is created: the first of the process, or one more, or the same once more. */
  create() {
    const { process } = this.device;
    this.pushseal.PushSeal.start({ context: makeContext(this.device) }, {}, {
      ...this.config,
      onMessage: (message) => this.handle(message, process),
      onProblem: (problem) => this.problems.push({ ...problem, process }),
    });
  }

  createAgain() {
    if (!this.device.process.alive) return;
    this.injection.count('onCreate twice');
    this.create();
  }

  get config() {
    const retry = { attempts: 3, firstDelay: 200, maxDelay: 800 };
    return { baseUrl: this.backend.baseUrl, region: 'cn', user: () => this.user, consent: () => true, retry };
  }

  async sync() {
    const { user, device: { process } } = this;
    const { state } = await this.pushseal.PushSeal.register();
    if (process.alive && user === this.user && (state === 'registered' || state === 'current')) this.settledFor = this.user;
  }

  /** Another user signs in: after a logout, or without one. Whatever becomes of it, the next calls are the new user's. */
  async changeUser(byLogout) {
    this.injection.count(byLogout ? 'logout' : 'user change without logout');
    const { device: { process } } = this;
    this.user = `user${Number(this.user.slice(4)) + 1}`;
    const { user } = this;
    const left = byLogout ? this.pushseal.PushSeal.unregister() : undefined;
    left?.then(() => (this.settledFor = process.alive ? user : this.settledFor), () => {});
    if (this.random() < 0.5) await Promise.race([left?.catch(() => {}), rest(20)]);
    if (process.alive) this.sync();
    await rest(this.random() < 0.5 ? 0 : 4);
  }

  /** For a user who has left: it must not be handled any more, and nothing else is promised. */
  isFormer({ user }) {
    return user !== this.user;
  }

  /** The power goes and comes back: every process is gone, and nothing encrypted can be read before the first unlock. */
  async powerCut() {
    this.injection.count('power cut');
    this.end();
    this.database.release();
    this.device.restart();
    await this.start();
  }

  unlock() {
    this.device.unlocked = true;
    if (this.device.process.alive) this.sync();
  }

  async handle(message, process) {
    const sent = this.messages.get(message.id);
    if (this.isFormer(sent) && this.settledFor === this.user) this.damaged.push(`${message.id} was for a user who has left`);
    if (message.text() !== sent.text) this.damaged.push(message.id);
    if (this.injection.armed && this.random() < 0.04) this.dieIn(process);
    if (this.injection.armed && this.random() < 0.2) throw new Error('the handler fails');
    await rest(this.random() < 0.3 ? 1 : 0);
    if (!process.alive) return;
    sent.successes += 1;
  }

  /** The handler takes the process down. */
  dieIn(process) {
    this.injection.count('the handler ended the process');
    this.noteDeath(process);
    process.kill();
  }

  /** `kind`: '', 'attachment', 'damaged attachment' or 'short-lived'. */
  async send(path, kind = '') {
    const registration = this.backend.devices.get(this.device.aaid);
    if (registration === undefined) return;
    const { user, keys: [key] } = registration;
    const id = `m${this.messages.size}`;
    const endsAt = kind === 'short-lived' ? this.serverTime() + HOUR : Infinity;
    const claims = { jti: id, iat: Math.floor(this.serverTime() / 1000), ...(kind === 'short-lived' ? { exp: Math.floor(endsAt / 1000) } : {}) };
    const attachmentId = `${this.device.aaid}-${id}`;
    if (kind.endsWith('attachment')) claims.ref = attach(this.backend, attachmentId, kind.startsWith('damaged'));
    const data = kind.endsWith('attachment') ? undefined : { id, [MARKER]: 1 };
    const sealed = await seal(key, data, claims);
    const text = data === undefined ? attachedText : JSON.stringify(data);
    const message = { id, kind, sealed, text, user, endsAt, deaths: new Set(), successes: 0, unrecorded: 0, fate: '', takers: [], inTable: false };
    this.messages.set(id, message);
    this.bySealed.set(sealed, id);
    await this.deliver(message, path);
  }

  async deliver(message, path) {
    const app = this.device.process;
    if (path === 'tap') this.tap(message, app);
    else if (path === 'table') message.inTable = systemWrites(this.device, message.sealed) || message.inTable;
    else if (path === 'extension') await this.runExtension(message);
    else {
      const where = this.device.pushKit.send(this.device, path, message.sealed, { proxyData: this.random() < 0.6 });
      if (where === 'receiver') message.takers.push(app);
      if (where === 'table') message.inTable = true;
    }
  }

  tap(message, app) {
    if (!app.alive) return;
    try {
      this.pushseal.PushSeal.opened({ parameters: { pushseal: message.sealed } });
    } catch (error) {
      if (app.alive) throw error;
    }
    if (app.alive) message.takers.push(app);
  }

  /** The system starts the extension beside the app, waits for its content, and ends it. */
  async runExtension(message) {
    const app = this.device.process;
    const { module, appProcess } = startFresh(this.device, extensionFile);
    this.device.process = app;
    message.takers.push(appProcess);
    appProcess.isExtension = true;
    const extension = new module.default();
    extension.context = makeContext(this.device);
    let content;
    const call = async () => (content = await extension.onReceiveMessage({ id: 1, type: 'EXTENSION', data: JSON.stringify({ data: message.sealed }) }));
    call().catch((error) => appProcess.alive && this.damaged.push(`the extension threw ${error.message}`));
    // Its 10 s, as fast as the device's time runs, and some more.
    for (let i = 0; i < 100 && appProcess.alive && content === undefined; i += 1) await rest(1);
    if (appProcess.alive && content === undefined) this.damaged.push('the extension gave no content in time');
    // The system has the text; it destroys the ability before it ends the process.
    if (appProcess.alive) {
      await rest(1);
      this.destroy(extension, appProcess);
    }
    appProcess.kill();
  }

  destroy(extension, appProcess) {
    try {
      extension.onDestroy();
    } catch (error) {
      if (appProcess.alive) throw error;
    }
  }

  async step() {
    const pick = this.random();
    const known = [...this.messages.values()];
    if (pick < 0.45) await this.send(PATHS[Math.floor(this.random() * PATHS.length)], this.kind());
    else if (pick < 0.6 && known.length > 0) await this.repeat(known[Math.floor(this.random() * known.length)]);
    else if (pick < 0.63) this.createAgain();
    else if (pick < 0.66) setForeground(this.device.process, !this.device.process.foreground);
    else if (pick < 0.72) this.renewToken();
    else if (pick < 0.75) this.moveClock();
    else if (pick < 0.79) await this.passTime();
    else if (pick < 0.82) this.backend.failNext(this.random() < 0.5 ? 500 : 503);
    else if (pick < 0.84) this.setDisk(!this.injection.diskFull);
    else if (pick < 0.86) await this.database.fault();
    else if (pick < 0.9) await (this.device.unlocked ? this.powerCut() : this.unlock());
    else if (pick < 0.93) await this.start();
    else if (pick < 0.96 && this.device.process.alive) await this.changeUser(this.random() < 0.5);
    else if (this.device.process.alive) setForeground(this.device.process, true);
    await rest(this.random() < 0.5 ? 0 : 2);
  }

  kind() {
    const pick = this.random();
    if (pick < 0.08) this.cutDownload();
    if (pick < 0.14) return 'attachment';
    if (pick < 0.18) return 'damaged attachment';
    return pick < 0.28 ? 'short-lived' : '';
  }

  cutDownload() {
    this.injection.count('network cut in an attachment');
    breakDownload(this.backend);
  }

  async repeat(message) {
    this.injection.count('repeated delivery');
    await this.deliver(message, ['IM', 'tap', 'table', 'extension'][Math.floor(this.random() * 4)]);
  }

  renewToken() {
    this.injection.count('token change');
    this.device.pushKit.renew(this.device);
  }

  moveClock() {
    const ahead = this.random() < 0.3;
    this.injection.count(ahead ? 'clock 16 days ahead' : 'clock moved');
    this.clock += ahead ? 16 * DAY : (this.random() < 0.5 ? -1 : 1) * Math.floor(this.random() * 2 * DAY);
  }

  /** For the device and for the server; a message that lives an hour waits in the table meanwhile. */
  async passTime() {
    this.injection.count('two hours passed');
    await this.send('table', 'short-lived');
    this.device.pass(2 * HOUR);
  }

  setDisk(full) {
    this.injection.diskFull = full;
  }

  /** Runs `steps` random steps with faults, `midway` among them, then lets everything settle without any. */
  async run(steps, midway = async () => {}) {
    const now = Date.now;
    Date.now = () => now() + this.clock;
    try {
      await this.start();
      await this.settle(40, () => isRegistered(this));
      if (!this.device.process.alive) await this.start();
      await this.send('extension');
      await this.send('BACKGROUND', 'attachment');
      for (let i = 0; i < steps; i += 1) {
        if (!this.device.process.alive) await this.start();
        if (i === Math.floor(steps / 2)) await midway(this);
        if (!this.device.process.alive) await this.start();
        await this.step();
      }
      this.injection.end();
      this.database.release();
      this.backend.failures = [];
      this.unlock();
      // Without faults the process must recover by itself; what it only held in memory has no excuse any more.
      if (this.device.process.alive) await this.settle(100, () => isIdle(this));
      await this.start();
      await this.settle(200, () => isDone(this));
    } finally {
      Date.now = now;
      this.device.process.kill();
    }
  }

  /** Waits until `settled` holds, at most `rounds` rounds. */
  async settle(rounds, settled) {
    for (let i = 0; i < rounds && !settled(); i += 1) await rest(2);
  }
}
