// Looks for secrets in files, in every form in which they could stand there.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Shorter than this, a form could stand somewhere by chance. */
const SHORTEST = 12;

/** The files below a folder: {place, name, bytes}; the place is the first folder. */
export function tracesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => {
    const whole = path.join(entry.parentPath, entry.name);
    const [place, ...name] = path.relative(folder, whole).split(path.sep);
    return { place, name: name.join('/'), bytes: readFileSync(whole) };
  });
}

/** A secret's bytes as they could be written: [name of the form, bytes]. */
export function formsOf(secret) {
  const hex = secret.toString('hex');
  const text = secret.toString('utf8');
  const forms = { raw: secret, hex, 'HEX': hex.toUpperCase(), 'numbers, ': [...secret].join(', '), 'numbers,': [...secret].join(',') };
  for (const shift of [0, 1, 2]) {
    const [base64, base64url] = ['base64', 'base64url'].map((encoding) => inside(secret, shift, encoding));
    Object.assign(forms, { [`base64, ${shift} bytes in`]: base64, [`base64url, ${shift} bytes in`]: base64url });
  }
  if (Buffer.from(text, 'utf8').equals(secret)) {
    forms['UTF-16'] = Buffer.from(text, 'utf16le');
    forms['JSON'] = JSON.stringify(text).slice(1, -1);
    forms['JSON, escaped'] = [...Array(text.length).keys()].map((i) => (text.charCodeAt(i) < 128 ? text[i] : `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`)).join('');
    forms['in a URL'] = encodeURIComponent(text);
  }
  const all = Object.entries(forms).map(([name, form]) => [name, Buffer.from(form)]);
  return all.filter(([, form], i) => form.length >= SHORTEST && all.findIndex(([, other]) => other.equals(form)) === i);
}

/** The characters that encode nothing but the secret, when it stands `shift` bytes after a multiple of three. */
function inside(secret, shift, encoding) {
  const encoded = Buffer.concat([Buffer.alloc(shift), secret]).toString(encoding).replaceAll('=', '');
  const first = Math.ceil((shift * 4) / 3);
  return encoded.slice(first, Math.floor(((shift + secret.length) * 4) / 3));
}

/** Every secret of the list in every trace: {kind, name, form, place, file}. */
export function search(traces, secrets) {
  return secrets.flatMap(({ kind, name, hex }) => {
    const forms = formsOf(Buffer.from(hex, 'hex'));
    return traces.flatMap(({ place, name: file, bytes }) =>
      forms.filter(([, form]) => bytes.includes(form)).map(([form]) => ({ kind, name, form, place, file })));
  });
}
