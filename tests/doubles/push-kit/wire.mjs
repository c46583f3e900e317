// Reading requests and writing answers; the limits of this double are here.

/** More than any request of Push Kit: 1,000 tokens and a 4 KB payload are below 1 MiB. */
const MAX_BODY = 2 * 1024 * 1024;

/** The request's body as text; throws above 2 MiB. */
export async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('request body is larger than 2 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Answers with JSON, or with a text as it is. */
export function respond(response, status, body, headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

/** Begins an answer and ends the connection, or the HTTP/2 stream, in the middle of it. */
export function respondHalf(response, status, body) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.write(text.slice(0, text.length / 2), () => cut(response));
}

/** Ends the connection, or the HTTP/2 stream, without more. */
export function cut(response) {
  (response.stream ?? response).destroy();
}
