// RelationalStore ("@ohos.data.relationalStore") on real SQLite, after OpenHarmony's source; see the README of the doubles. `encrypt` is
// noted, not done.
import { KitError, currentProcess } from './device.mjs';
import { ResultSet } from './result-set.mjs';
import { SqliteFile } from './sqlite-file.mjs';

const app = currentProcess();
const { device } = app;

// Readers of one store, and how long a caller waits for one, ms.
const READERS = 4;
const READER_WAIT = 1000;

// How long a write waits for another process's transaction, ms.
const LOCK_WAIT = 2000;

const ConflictResolution = {
  ON_CONFLICT_NONE: 0,
  ON_CONFLICT_ROLLBACK: 1,
  ON_CONFLICT_ABORT: 2,
  ON_CONFLICT_FAIL: 3,
  ON_CONFLICT_IGNORE: 4,
  ON_CONFLICT_REPLACE: 5,
};
const CONFLICT_CLAUSE = ['', 'OR ROLLBACK', 'OR ABORT', 'OR FAIL', 'OR IGNORE', 'OR REPLACE'];

class RdbPredicates {
  constructor(table) {
    this.table = table;
    this.conditions = [];
    this.args = [];
  }

  equalTo(field, value) {
    this.conditions.push(`${field} = ?`);
    this.args.push(value);
    return this;
  }

  where() {
    return this.conditions.length === 0 ? '' : ` WHERE ${this.conditions.join(' AND ')}`;
  }
}

/** What all stores of one path in this process share: its connections, its open transactions, and how many stores refer to it. */
class Native {
  constructor(path, file) {
    this.path = path;
    this.file = file;
    this.references = 0;
    this.begun = 0;
    this.readers = READERS;
  }
}

const natives = new Map();

/** A store as the app holds it: one reference to what the process has opened. */
class RdbStore {
  #native;

  constructor(native) {
    this.#native = native;
    native.references += 1;
  }

  executeSync(statement, args = []) {
    app.enter(`relationalStore.executeSync ${statement.split(' ', 1)[0]}`);
    const kind = statement.trimStart().slice(0, 3).toUpperCase();
    if (!/^(ALT|CRE|DRO|INS|DEL|REP|UPD|PRA)$/.test(kind)) throw new KitError(14800021, 'the SQL is not supported here');
    const changed = this.#write(statement, args);
    if (kind === 'INS') return this.#rowId(changed);
    return /^(DEL|REP|UPD)$/.test(kind) ? changed : undefined;
  }

  querySqlSync(statement, args = []) {
    const native = this.#open();
    try {
      app.enter('relationalStore.querySqlSync');
    } catch (error) {
      if (error instanceof KitError) return ResultSet.failed();
      throw error;
    }
    if (native.readers === 0) {
      device.pass(READER_WAIT);
      return ResultSet.failed(undefined, true);
    }
    native.readers -= 1;
    return query(native, statement, args);
  }

  insertSync(table, values, conflict = ConflictResolution.ON_CONFLICT_NONE) {
    app.enter('relationalStore.insertSync');
    const columns = Object.keys(values);
    const statement = `INSERT ${CONFLICT_CLAUSE[conflict]} INTO ${table} (${columns}) VALUES (${columns.map(() => '?')})`;
    return this.#rowId(this.#write(statement, Object.values(values)));
  }

  updateSync(values, predicates, conflict = ConflictResolution.ON_CONFLICT_NONE) {
    app.enter('relationalStore.updateSync');
    const assignments = Object.keys(values).map((column) => `${column} = ?`);
    const statement = `UPDATE ${CONFLICT_CLAUSE[conflict]} ${predicates.table} SET ${assignments}${predicates.where()}`;
    return this.#write(statement, [...Object.values(values), ...predicates.args]);
  }

  deleteSync(predicates) {
    app.enter('relationalStore.deleteSync');
    return this.#write(`DELETE FROM ${predicates.table}${predicates.where()}`, predicates.args);
  }

  /** The schema's version, through the writer's connection. */
  get version() {
    app.enter('relationalStore.version');
    return this.#open().file.valueOf('PRAGMA user_version');
  }

  set version(version) {
    app.enter('relationalStore.version =');
    this.#write(`PRAGMA user_version = ${version}`);
  }

  // The first transaction is BEGIN IMMEDIATE, one within it a SAVEPOINT, whose commit does nothing.
  beginTransaction() {
    app.enter('relationalStore.beginTransaction');
    const native = this.#open();
    this.#write(native.begun === 0 ? 'BEGIN IMMEDIATE' : `SAVEPOINT trans${native.begun}`);
    native.begun += 1;
    native.file.owner = app;
  }

  // Without a transaction it succeeds; one that fails leaves the count as it was.
  commit() {
    app.enter('relationalStore.commit');
    const native = this.#open();
    if (native.begun === 1) {
      this.#write('COMMIT');
      native.file.owner = undefined;
    }
    native.begun = Math.max(0, native.begun - 1);
  }

  // Without a transaction it is an error. It counts one less before it tries: when it fails, SQLite may still have the transaction open, and the
  // next `beginTransaction` is refused by SQLite.
  rollBack() {
    const native = this.#open();
    if (native.begun === 0) throw new KitError(14800000, 'inner error');
    native.begun -= 1;
    app.enter('relationalStore.rollBack');
    this.#write(native.begun === 0 ? 'ROLLBACK' : `ROLLBACK TO trans${native.begun}`);
    if (native.begun === 0) native.file.owner = undefined;
  }

  /** Lets go of one reference; with the last one the connections close, and what was not committed is gone. */
  async close() {
    const native = this.#open();
    this.#native = undefined;
    try {
      await app.enterAsync('relationalStore.close');
    } finally {
      native.references -= 1;
      if (native.references === 0) {
        native.file.rollBackOf(app);
        natives.delete(native.path);
      }
    }
  }

  #open() {
    if (this.#native === undefined) throw new KitError(14800014, 'already closed');
    return this.#native;
  }

  #write(statement, args) {
    const { file } = this.#open();
    if (file.owner !== undefined && file.owner !== app) {
      device.pass(LOCK_WAIT);
      throw new KitError(14800024, 'SQLite: the database file is locked');
    }
    return file.run(statement, args);
  }

  #rowId(changed) {
    return changed > 0 ? this.#open().file.valueOf('SELECT last_insert_rowid()') : -1;
  }
}

function query(native, statement, args) {
  const release = () => (native.readers += 1);
  if (!/^\s*(SELECT|PRAGMA|WITH)/i.test(statement)) return ResultSet.failed(release);
  try {
    return Object.assign(native.file.select(statement, args), { release });
  } catch {
    return ResultSet.failed(release);
  }
}

async function getRdbStore(context, config) {
  await app.enterAsync('relationalStore.getRdbStore');
  if (!device.unlocked) throw new KitError(14800000, 'inner error');
  const path = device.nameIn('database', context.databaseDir, config.name);
  if (!device.databases.has(path)) device.databases.set(path, new SqliteFile(config));
  device.lastOpened.set(config.name.replace(/\.db$/, ''), path);
  if (!natives.has(path)) natives.set(path, new Native(path, device.databases.get(path)));
  return new RdbStore(natives.get(path));
}

export const relationalStore = {
  ConflictResolution,
  RdbPredicates,
  SecurityLevel: { S1: 1, S2: 2, S3: 3, S4: 4 },
  getRdbStore,
};
