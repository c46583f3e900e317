// ArkTS's global functions. Timers end with the process that set them. `canIUse`: every capability is there.
import { currentProcess } from './device.mjs';

const app = currentProcess();

export function setTimeout(callback, delay, ...args) {
  if (!app.alive) return -1;
  const timer = globalThis.setTimeout(() => {
    app.timers.delete(timer);
    if (app.alive) callback(...args);
  }, delay / app.device.timeFactor);
  app.timers.add(timer);
  return timer;
}

export function clearTimeout(timer) {
  app.timers.delete(timer);
  globalThis.clearTimeout(timer);
}

export function canIUse() {
  return true;
}
