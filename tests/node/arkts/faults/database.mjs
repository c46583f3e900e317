// What befalls the database in a fault schedule: another process has it locked, or the app's own queries keep every reader. And what the library must not
// do: read inside its transactions, where a reader does not see what they wrote.
import path from 'node:path';
import { makeContext } from '../app.mjs';

const kit = path.join(import.meta.dirname, '../../../doubles/kits/@kit.ArkData.mjs');
const other = { name: 'another process of the app' };

export class DatabaseFaults {
  constructor(schedule) {
    this.schedule = schedule;
    this.kept = [];
  }

  get file() {
    return this.schedule.device.databases.get('pushseal.db');
  }

  async fault() {
    const { injection, device, random } = this.schedule;
    if (this.file?.owner === other || this.kept.length > 0) {
      this.release();
    } else if (random() < 0.5 && this.file !== undefined && this.file.owner === undefined) {
      injection.count('locked database');
      this.file.owner = other;
    } else if (device.process.alive && device.unlocked) {
      await this.keepReaders();
    }
  }

  /** The app queries the same database and forgets to close what it got. */
  async keepReaders() {
    const { load, injection, device } = this.schedule;
    const { process } = device;
    const { relationalStore } = load(kit);
    const asked = relationalStore.getRdbStore(makeContext(device), { name: 'pushseal.db' }).catch(() => undefined);
    const store = await Promise.race([asked, new Promise((late) => setTimeout(late, 5))]);
    if (store === undefined || !process.alive) return;
    injection.count('no reader free');
    try {
      for (let i = 0; i < 4; i += 1) this.kept.push(store.querySqlSync('SELECT 1'));
      // In a process that dies of this call it never ends.
      store.close().catch(() => {});
    } catch (error) {
      if (process.alive && error.code === undefined) throw error;
    }
  }

  release() {
    if (this.file?.owner === other) this.file.owner = undefined;
    this.kept.forEach((rows) => rows.close());
    this.kept = [];
  }

  /** Called with each call of a kit. */
  watch(call, process) {
    const { file, schedule } = this;
    if (!file?.has('pushseal_inbox')) return;
    if (call === 'relationalStore.beginTransaction') this.committed = this.look();
    if (file.owner !== process) return;
    if (call === 'relationalStore.querySqlSync') schedule.damaged.push('the library read inside a transaction');
    if (call !== 'relationalStore.commit') return;
    schedule.injection.count('read inside a transaction');
    if (this.look() !== this.committed) schedule.damaged.push('a reader saw what was not committed');
  }

  /** What a query of the app's own sees. */
  look() {
    return JSON.stringify(this.file.select('SELECT COUNT(*), MAX(seq), TOTAL(state) FROM pushseal_inbox').rows);
  }
}
