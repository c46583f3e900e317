// What happened, when, and how long each step took.

export class Timeline {
  #start = performance.now();
  #last = this.#start;

  title(text) {
    console.log(`\n${text}`);
    this.#last = performance.now();
  }

  /** A step that ends now, or at `at` (as performance.now()); its time counts from the step before. */
  step(name, what, at = performance.now()) {
    const took = Math.max(0, at - this.#last);
    this.#last = Math.max(at, this.#last);
    const since = ((at - this.#start) / 1000).toFixed(3).padStart(8);
    console.log(`${since} s  ${name.padEnd(9)} ${format(took).padStart(10)}  ${what}`);
  }
}

function format(ms) {
  return ms < 1 ? `${(ms * 1000).toFixed(0)} µs` : `${ms.toFixed(1)} ms`;
}

/** Milliseconds since 1970, as another process states them, on this process's performance clock. */
export const fromEpoch = (ms) => ms - performance.timeOrigin;
