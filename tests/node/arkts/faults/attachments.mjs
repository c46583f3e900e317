// Attachments of the fault schedule: kept at the backend double, sealed by npm's `http_ece`.
import { createHash } from 'node:crypto';
import ece from 'http_ece';

// Longer than what a socket hands over at once, so that a download can break in the middle.
const TEXT = 'an attachment is long. '.repeat(6000);
const KEY = Buffer.alloc(16, 7);
const BYTES = ece.encrypt(Buffer.from(JSON.stringify(TEXT)), { version: 'aes128gcm', key: KEY, salt: Buffer.alloc(16, 9), rs: 4096 });
const HASH = createHash('sha256').update(BYTES).digest('base64url');
const WRONG_HASH = createHash('sha256').digest('base64url');

/** The text that arrives with it. */
export const attachedText = JSON.stringify(TEXT);

/** Stores one and gives the claim check for it; `damaged`: with a hash that it does not have. */
export function attach(backend, id, damaged) {
  backend.attachments.set(id, BYTES);
  return { id, size: BYTES.length, sha256: damaged ? WRONG_HASH : HASH, key: KEY.toString('base64url') };
}

/** The next request for an attachment gets half of what is left, then the connection breaks. */
export function breakDownload(backend) {
  backend.failures.push((request, response) => {
    const bytes = backend.attachments.get(request.url.split('/').at(-1));
    if (bytes === undefined) return false;
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': bytes.length - start });
    response.write(bytes.subarray(start, start + (bytes.length - start) / 2), () => setImmediate(() => response.destroy()));
    return true;
  });
}
