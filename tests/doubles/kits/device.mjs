// A simulated device: what outlives a process of the app, the process that runs now, and the faults to inject.
// Every kit double works on it. A double belongs to the process it was imported in; when that has been killed, its calls
// have no effect any more.
import path from 'node:path';
import { ApplicationContext, directory } from './context.mjs';

/** Thrown by a synchronous call of a killed process, so that the code that made it goes no further. */
export class ProcessDead extends Error {}

/** An error as the kits throw it: `BusinessError`, whose `code` is a number. */
export class KitError extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'BusinessError';
    this.code = code;
  }
}

/** One run of the app's process (or of an extension's). */
export class AppProcess {
  constructor(device) {
    this.device = device;
    this.alive = true;
    /** No other process of the app runs; an extension's may run beside the app's. */
    this.alone = !device.process?.alive;
    /** Whether one of the app's pages is in front; `setForeground` also tells the app. */
    this.foreground = false;
    this.applicationContext = new ApplicationContext(device);
    this.timers = new Set();
    this.receivers = new Map();
    this.connections = new Set();
    /** Bytes that streams have brought. */
    this.streamed = 0;
  }

  /** A synchronous call of a kit: passes, throws an injected error, or kills the process and throws. */
  enter(call) {
    if (!this.alive) throw new ProcessDead(call);
    const fault = this.device.fault?.(call, this);
    if (fault === 'kill') {
      this.kill();
      throw new ProcessDead(call);
    }
    if (fault instanceof Error) throw fault;
    return fault;
  }

  /** An asynchronous call of a kit, which takes as long as an injected promise; in a killed process it never ends. */
  async enterAsync(call) {
    try {
      const delay = this.enter(call);
      if (delay instanceof Promise) await delay;
      if (!this.alive) throw new ProcessDead(call);
    } catch (error) {
      if (error instanceof ProcessDead) await new Promise(() => {});
      throw error;
    }
  }

  setForeground(foreground) {
    this.foreground = foreground;
    this.applicationContext.stateChanged(foreground);
  }

  /** Ends the process at once: timers stop, open transactions roll back, connections close. */
  kill() {
    this.alive = false;
    for (const timer of this.timers) clearTimeout(timer);
    for (const connection of this.connections) connection.close();
    for (const database of this.device.databases.values()) database.rollBackOf(this);
    this.receivers.clear();
  }
}

/** The device. Its fields may be set by tests at any time. */
export class Device {
  constructor(options = {}) {
    this.bundleName = 'com.example.pushseal';
    /** URI → profile: what the installed app shares with Push Kit, see data-share.mjs. */
    this.shared = new Map();
    this.sdkApiVersion = 13;
    this.deviceType = 'phone';
    /** Unlocked at least once since the restart. */
    this.unlocked = true;
    /** Timers and uptime run faster by this factor, so that a window of seconds ends sooner. */
    this.timeFactor = 1;
    /** The user lets the app show notifications. */
    this.notificationsAllowed = true;
    /** The module of the app that the tests mean when they name none. */
    this.moduleName = 'entry';
    /** What `pass` added to the uptime, ms. */
    this.passed = 0;
    this.bootedAt = 0;
    this.assets = new Map();
    /** File → values, and file → database, by their paths from the directory of `moduleName`. */
    this.preferences = new Map();
    this.databases = new Map();
    /** Name of a database → the file that the app opened last by that name: what the system knows of it. */
    this.lastOpened = new Map();
    this.log = [];
    this.aaid = crypto.randomUUID();
    /** Called with the name of each kit call and its process; gives undefined, an error to throw, 'kill', or a promise that an asynchronous call waits for. */
    this.fault = undefined;
    /** Called with the name, begin and end (ms of performance.now()) of each call into the native library. */
    this.onNativeCall = undefined;
    /** File name → text, instead of the app's `resources/rawfile`. */
    this.rawfile = {};
    this.pushKit = undefined;
    this.process = undefined;
    Object.assign(this, options);
  }

  /** How a file is called in `preferences` or `databases`. */
  nameIn(kind, folder, name) {
    return path.posix.join(path.posix.relative(directory(kind, this.moduleName), folder), name);
  }

  /** Time since the device started, ms, which setting the clock does not move. */
  get uptime() {
    return performance.now() * this.timeFactor + this.passed - this.bootedAt;
  }

  /** A call has kept its thread waiting for `ms`: nothing else ran meanwhile. Timers do not come earlier for it. */
  pass(ms) {
    this.passed += ms;
  }

  /** The power goes and comes back: no process runs, the uptime begins anew, and the user has not unlocked the device yet. */
  restart() {
    this.process?.kill();
    this.bootedAt += this.uptime;
    this.unlocked = false;
  }

  /** Starts a process; one that still runs goes on (an extension beside the app) unless it was killed. */
  startProcess() {
    this.process = new AppProcess(this);
    return this.process;
  }
}

let current;

/** Makes `device` the one that kits imported from now on work on. */
export function useDevice(device) {
  current = device;
}

/** The process that a double being imported now belongs to. */
export function currentProcess() {
  if (current?.process === undefined) throw new Error('no simulated device: call useDevice() and startProcess() first');
  return current.process;
}
