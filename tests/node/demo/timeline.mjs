// What happened, when, and how long each step took. The programs answer side by side, so the steps of one part are put in
// order before they are printed.

export class Timeline {
  #start = performance.now();
  #steps = [];

  title(text) {
    this.print();
    console.log(`\n${text}`);
    this.#steps = [{ at: performance.now() }];
  }

  /** A step that ends now, or at `at` (as performance.now()); its time counts from the step before. */
  step(name, what, at = performance.now()) {
    this.#steps.push({ name, what, at });
  }

  /** Prints the steps since the last title. */
  print() {
    const steps = this.#steps.splice(0).sort((a, b) => a.at - b.at);
    steps.forEach(({ name, what, at }, i) => {
      if (name === undefined) return;
      const since = ((at - this.#start) / 1000).toFixed(3).padStart(8);
      console.log(`${since} s  ${name.padEnd(9)} ${format(at - (steps[i - 1]?.at ?? at)).padStart(10)}  ${what}`);
    });
  }
}

function format(ms) {
  return ms < 1 ? `${(ms * 1000).toFixed(0)} µs` : `${ms.toFixed(1)} ms`;
}

/** Milliseconds since 1970, as another process states them, on this process's performance clock. */
export const fromEpoch = (ms) => ms - performance.timeOrigin;
