// What a member may be, and the first that is not.

export const STRING = (value) => typeof value === 'string';
export const NON_EMPTY = (value) => STRING(value) && value.length > 0;
export const BOOLEAN = (value) => typeof value === 'boolean';
export const OBJECT = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
export const HTTPS = (value) => STRING(value) && value.startsWith('https://');
export const INTEGER = (low, high) => (value) => Number.isInteger(value) && value >= low && value <= high;
export const ONE_OF = (...values) => (value) => values.includes(value);
export const TEXT = (most) => (value) => NON_EMPTY(value) && [...value].length <= most;
export const LIST = (least, most, item) => (value) => Array.isArray(value) && value.length >= least && value.length <= most && value.every(item);

/** `{code, msg}` for the first member that is missing, not known or out of its range. */
export function fault(code, where, { required, optional }, value) {
  for (const name of Object.keys(required)) {
    if (value[name] === undefined) return { code, msg: `Illegal payload, ${where}.${name} is missing` };
  }
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const accepts = required[name] ?? optional[name];
    if (accepts === undefined) return { code, msg: `Illegal payload, ${where}.${name} is not known` };
    if (!accepts(member)) return { code, msg: `Illegal payload, ${where}.${name} has a wrong value` };
  }
  return undefined;
}
