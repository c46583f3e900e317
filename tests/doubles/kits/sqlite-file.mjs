// A database file of the device, in real SQLite (sql.js). Two connections to one file: the writer's, and the readers', which see the last
// commit. Simulated processes share the writer's; which of them has a transaction open is noted here.
import { KitError } from './device.mjs';
import { ResultSet } from './result-set.mjs';
import { sqlite } from './sqlite.mjs';

export class SqliteFile {
  constructor(config) {
    this.config = config;
    this.sql = new sqlite.Database();
    // What is not committed stays out of the file, where a reader would meet it.
    this.sql.run('PRAGMA cache_spill = OFF');
    this.reader = new sqlite.Database();
    this.reader.run(`ATTACH '${this.sql.filename}' AS app`);
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
    return this.select("SELECT 1 FROM app.sqlite_master WHERE type = 'table' AND name = ?", [table]).rowCount > 0;
  }

  /** Runs a statement on the writer's connection; gives the number of changed rows. */
  run(statement, args) {
    try {
      this.sql.run(statement, args);
    } catch (error) {
      throw new KitError(/constraint failed/.test(error.message) ? 14800032 : 14800021, `SQLite: ${error.message}`);
    }
    return this.sql.getRowsModified();
  }

  /** One value, as the writer's connection sees it. */
  valueOf(statement) {
    return this.sql.exec(statement)[0].values[0][0];
  }

  /** The rows of the last commit. */
  select(statement, args = []) {
    const prepared = this.reader.prepare(statement, args);
    const rows = [];
    while (prepared.step()) rows.push(prepared.get());
    const columns = prepared.getColumnNames();
    prepared.free();
    return new ResultSet(columns, rows);
  }
}
