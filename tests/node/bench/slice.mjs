/** The slice in which the ArkTS drain reads rows: `SLICE` in Drain.ets. */
export const SLICE = 100;
