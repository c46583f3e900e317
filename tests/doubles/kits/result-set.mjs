// What a query gives ("@ohos.data.relationalStore", ResultSet). It keeps its reader until it is closed. Moving on never throws: without rows, after an
// error, and when it is closed, the answer is false alike.
import { KitError } from './device.mjs';

export class ResultSet {
  /** `release` gives the reader back. */
  constructor(columnNames, rows, release = () => {}) {
    this.columnNames = columnNames;
    this.rowCount = rows.length;
    this.rowIndex = -1;
    this.rows = rows;
    this.isClosed = false;
    this.release = release;
  }

  /** The set of a query that failed: it has no rows, and their number is -1. */
  static failed(release, isClosed = false) {
    const set = new ResultSet([], [], release);
    return Object.assign(set, { rowCount: -1, isClosed });
  }

  goToFirstRow() {
    return this.#goTo(0);
  }

  goToNextRow() {
    return this.#goTo(this.rowIndex + 1);
  }

  getString(column) {
    return String(this.#value(column) ?? '');
  }

  getLong(column) {
    return Number(this.#value(column) ?? 0);
  }

  isColumnNull(column) {
    return this.#value(column) === null;
  }

  close() {
    if (!this.isClosed) this.release();
    this.isClosed = true;
  }

  #goTo(row) {
    if (this.isClosed || this.rowCount < 0) return false;
    this.rowIndex = Math.min(row, this.rowCount);
    return row < this.rowCount;
  }

  #value(column) {
    if (this.isClosed || this.rowCount < 0) throw new KitError(14800014, 'already closed');
    const row = this.rows[this.rowIndex];
    if (row === undefined) throw new KitError(14800012, 'the row is out of bounds');
    if (column < 0 || column >= row.length) throw new KitError(14800013, 'the column is out of bounds');
    return row[column];
  }
}
