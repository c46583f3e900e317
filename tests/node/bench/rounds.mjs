// Measures contenders in alternating rounds, so that what else the machine does meets all of them alike.
//
// A round is shorter than the system's time slice, so most rounds are not interrupted and the median is of those.
const ROUND_MS = 1;
/** The engine compiles what runs often; what is measured is the result of that. */
const WARM_UP_MS = 250;

/** One contender: `call` opens `each` messages; it may give a promise. */
export const contender = (who, call, each = 1) => ({ who, call, each, isAsync: call() instanceof Promise });

async function time({ call, isAsync }, calls) {
  const begin = performance.now();
  if (isAsync) for (let i = 0; i < calls; i++) await call();
  else for (let i = 0; i < calls; i++) call();
  return performance.now() - begin;
}

/** Warms up and gives how many calls fill a round. */
async function callsPerRound(contender) {
  const times = [];
  for (let left = WARM_UP_MS; left > 0 || times.length < 3; left -= times.at(-1) * 10) times.push((await time(contender, 10)) / 10);
  return Math.ceil(ROUND_MS / median(times));
}

/** Nanoseconds per message: for each contender a list with one number for each round. */
export async function measure(contenders, rounds) {
  const calls = [];
  for (const one of contenders) calls.push(await callsPerRound(one));
  const samples = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [n, one] of contenders.entries()) {
      samples[n].push(((await time(one, calls[n])) * 1e6) / (calls[n] * one.each));
    }
  }
  return contenders.map(({ who }, n) => ({ who, samples: samples[n] }));
}

export const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

/** The median of one contender's time over another's in the same round. */
export function ratio(measured, who, over) {
  const [a, b] = [who, over].map((name) => measured.find((one) => one.who === name).samples);
  return median(a.map((time, n) => time / b[n]));
}
