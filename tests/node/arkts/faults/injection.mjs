// Faults at kit calls: which call is hit by what, and how often each kind happened.
import { KitError } from '../../../doubles/kits/device.mjs';

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
  if (call.startsWith('relationalStore')) return new KitError(14800000, 'inner error');
  if (call.startsWith('preferences')) return new KitError(15500000, 'inner error');
  if (call.startsWith('asset')) return new KitError(24000001, 'the Asset Store is not available');
  if (call.startsWith('http')) return new KitError(2300056, 'failed to receive data from the peer');
  return new KitError(1000900009, 'internal error of Push Kit');
}

const WRITES = /^(relationalStore\.(insertSync|updateSync|deleteSync|commit|executeSync DELETE)|preferences\.flush|asset\.(addSync|updateSync))/;

/** What a write meets on a full disk; undefined for a call that needs no space. */
function fullDisk(call) {
  if (!WRITES.test(call)) return undefined;
  if (call.startsWith('relationalStore')) return new KitError(14800029, 'SQLite: the database is full');
  return call.startsWith('preferences') ? new KitError(15500000, 'inner error') : new KitError(24000008, 'the database operation failed');
}

/** The faults of one schedule. */
export class Injection {
  /** `plan`: call number → 'kill' or 'fail'. */
  constructor(plan) {
    this.plan = plan;
    this.calls = 0;
    this.armed = true;
    this.diskFull = false;
    /** Kind of fault → how often. */
    this.happened = {};
  }

  count(kind) {
    this.happened[kind] = (this.happened[kind] ?? 0) + 1;
  }

  /** What befalls this call: undefined, an error, or 'kill'. */
  at(call) {
    if (!this.armed) return undefined;
    this.calls += 1;
    const full = this.diskFull ? fullDisk(call) : undefined;
    const planned = this.plan.get(this.calls);
    if (planned !== undefined) this.count(planned);
    if (planned === 'kill') return 'kill';
    if (full !== undefined) this.count('disk full');
    return full ?? (planned === 'fail' ? failureOf(call) : undefined);
  }

  end() {
    this.armed = false;
    this.diskFull = false;
  }
}
