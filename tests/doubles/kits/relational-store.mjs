// RelationalStore ("@ohos.data.relationalStore") on real SQLite (sql.js). Imitated: one connection for each database,
// `insertSync` gives the row id or -1, a result set starts before its first row, databases in the default encrypted area do
// not open before the first unlock, what was not committed is gone with the process, a write while another process has a
// transaction open is refused with 14800024. `encrypt` is noted, not done.
//
// Transactions: the API reference says only what each call is for, so this follows OpenHarmony's source (distributeddatamgr_relational_store,
// frameworks/native/rdb/src: rdb_store_impl.cpp BeginTransaction, Commit, RollBack; base_transaction.cpp). Each process counts those that it
// has begun. The first is BEGIN IMMEDIATE, one within it a SAVEPOINT, whose commit does nothing. `commit` without any succeeds; one that
// fails leaves the count as it was. `rollBack` without any is an error, and it counts one less before it tries: when it fails, SQLite
// may still have the transaction open, and the next `beginTransaction` is refused by SQLite. Closing the store ends it.
import { KitError, currentProcess } from './device.mjs';
import { sqlite } from './sqlite.mjs';

const app = currentProcess();
const { device } = app;

const ConflictResolution = {
  ON_CONFLICT_NONE: 0,
  ON_CONFLICT_ROLLBACK: 1,
  ON_CONFLICT_ABORT: 2,
  ON_CONFLICT_FAIL: 3,
  ON_CONFLICT_IGNORE: 4,
  ON_CONFLICT_REPLACE: 5,
};
const CONFLICT_CLAUSE = ['', 'OR ROLLBACK', 'OR ABORT', 'OR FAIL', 'OR IGNORE', 'OR REPLACE'];

/** A database file of the device. */
class Database {
  constructor(config) {
    this.config = config;
    this.sql = new sqlite.Database();
    /** The process that has a transaction open in SQLite. */
    this.owner = undefined;
  }

  /** The process, or its store, closes its connection. */
  rollBackOf(process) {
    if (this.owner !== process) return;
    this.owner = undefined;
    try {
      this.sql.run('ROLLBACK');
    } catch {
      // A statement that failed had ended it.
    }
  }

  has(table) {
    return this.select("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [table]).rowCount > 0;
  }

  // SQLite's own errors are 14800000 "inner error" with a few more precise codes.
  run(statement, args) {
    try {
      this.sql.run(statement, args);
    } catch (error) {
      throw new KitError(14800021, `SQLite: ${error.message}`);
    }
    return this.sql.getRowsModified();
  }

  select(statement, args) {
    const prepared = this.sql.prepare(statement, args);
    const rows = [];
    while (prepared.step()) rows.push(prepared.get());
    const columns = prepared.getColumnNames();
    prepared.free();
    return new ResultSet(columns, rows);
  }
}

class ResultSet {
  constructor(columnNames, rows) {
    this.columnNames = columnNames;
    this.rowCount = rows.length;
    this.rowIndex = -1;
    this.rows = rows;
    this.isClosed = false;
  }

  goToFirstRow() {
    this.rowIndex = 0;
    return this.rowIndex < this.rowCount;
  }

  goToNextRow() {
    this.rowIndex += 1;
    return this.rowIndex < this.rowCount;
  }

  value(column) {
    if (this.isClosed) throw new KitError(14800014, 'already closed');
    const row = this.rows[this.rowIndex];
    if (row === undefined) throw new KitError(14800013, 'column or row out of bounds');
    return row[column];
  }

  getString(column) {
    return String(this.value(column) ?? '');
  }

  getLong(column) {
    return Number(this.value(column) ?? 0);
  }

  isColumnNull(column) {
    return this.value(column) === null;
  }

  close() {
    this.isClosed = true;
  }
}

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

// Database → how many transactions this process counts as begun.
const begun = new Map();

class RdbStore {
  constructor(database) {
    this.database = database;
    this.isClosed = false;
  }

  get #begun() {
    return begun.get(this.database) ?? 0;
  }

  set #begun(count) {
    begun.set(this.database, count);
  }

  #checkOpen() {
    if (this.isClosed) throw new KitError(14800014, 'already closed');
  }

  #run(statement, args = []) {
    this.#checkOpen();
    const { owner } = this.database;
    if (owner !== undefined && owner !== app) throw new KitError(14800024, 'SQLite: the database file is locked');
    return this.database.run(statement, args);
  }

  executeSync(statement, args = []) {
    app.enter(`relationalStore.executeSync ${statement.split(' ', 1)[0]}`);
    return this.#run(statement, args);
  }

  querySqlSync(statement, args = []) {
    app.enter('relationalStore.querySqlSync');
    this.#checkOpen();
    return this.database.select(statement, args);
  }

  insertSync(table, values, conflict = ConflictResolution.ON_CONFLICT_NONE) {
    app.enter('relationalStore.insertSync');
    const columns = Object.keys(values);
    const statement = `INSERT ${CONFLICT_CLAUSE[conflict]} INTO ${table} (${columns}) VALUES (${columns.map(() => '?')})`;
    const changed = this.#run(statement, Object.values(values));
    return changed > 0 ? this.database.select('SELECT last_insert_rowid()', []).rows[0][0] : -1;
  }

  updateSync(values, predicates, conflict = ConflictResolution.ON_CONFLICT_NONE) {
    app.enter('relationalStore.updateSync');
    const assignments = Object.keys(values).map((column) => `${column} = ?`);
    const statement = `UPDATE ${CONFLICT_CLAUSE[conflict]} ${predicates.table} SET ${assignments}${predicates.where()}`;
    return this.#run(statement, [...Object.values(values), ...predicates.args]);
  }

  deleteSync(predicates) {
    app.enter('relationalStore.deleteSync');
    return this.#run(`DELETE FROM ${predicates.table}${predicates.where()}`, predicates.args);
  }

  beginTransaction() {
    app.enter('relationalStore.beginTransaction');
    this.#run(this.#begun === 0 ? 'BEGIN IMMEDIATE' : `SAVEPOINT trans${this.#begun}`);
    this.#begun += 1;
    this.database.owner = app;
  }

  commit() {
    app.enter('relationalStore.commit');
    this.#checkOpen();
    if (this.#begun === 1) {
      this.#run('COMMIT');
      this.database.owner = undefined;
    }
    this.#begun = Math.max(0, this.#begun - 1);
  }

  rollBack() {
    this.#checkOpen();
    if (this.#begun === 0) throw new KitError(14800000, 'inner error');
    this.#begun -= 1;
    app.enter('relationalStore.rollBack');
    this.#run(this.#begun === 0 ? 'ROLLBACK' : `ROLLBACK TO trans${this.#begun}`);
    if (this.#begun === 0) this.database.owner = undefined;
  }

  async close() {
    await app.enterAsync('relationalStore.close');
    this.#checkOpen();
    this.isClosed = true;
    this.#begun = 0;
    this.database.rollBackOf(app);
  }
}

async function getRdbStore(context, config) {
  await app.enterAsync('relationalStore.getRdbStore');
  if (!device.unlocked) throw new KitError(14800000, 'inner error');
  if (!device.databases.has(config.name)) device.databases.set(config.name, new Database(config));
  return new RdbStore(device.databases.get(config.name));
}

export const relationalStore = {
  ConflictResolution,
  RdbPredicates,
  SecurityLevel: { S1: 1, S2: 2, S3: 3, S4: 4 },
  getRdbStore,
};
