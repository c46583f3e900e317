// hilog ("@ohos.hilog"): printf-like, an argument is shown only when its placeholder says `{public}`. Lines are kept
// on the device; PUSHSEAL_DOUBLE_HILOG=1 prints them to standard error.
import { currentProcess } from './device.mjs';

const { device } = currentProcess();

function write(level, domain, tag, format, args) {
  let next = 0;
  const text = format.replaceAll(/%\{(public|private)\}[sdifo]|%[sdifo]/g, (placeholder) => {
    const value = args[next++];
    return placeholder.startsWith('%{public}') ? String(value) : '<private>';
  });
  device.log.push({ level, domain, tag, text });
  if (process.env.PUSHSEAL_DOUBLE_HILOG) {
    process.stderr.write(`${level} ${domain.toString(16).toUpperCase().padStart(5, 'A0')}/${tag}: ${text}\n`);
  }
}

const at = (level) => (domain, tag, format, ...args) => write(level, domain, tag, format, args);

export const hilog = {
  debug: at('D'),
  info: at('I'),
  warn: at('W'),
  error: at('E'),
  fatal: at('F'),
};
