// A backend on loopback that answers as ours does (PUT and DELETE /v1/devices/{aaid}, POST /v1/devices/{id}/proof,
// GET /v1/attachments/{id}), for tests of the device's side that need it to fail on purpose.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

/** Starts it on a free port. */
export async function startBackend() {
  const backend = new Backend();
  backend.server = createServer((request, response) => backend.handle(request, response));
  await new Promise((listening) => backend.server.listen(0, '127.0.0.1', listening));
  backend.baseUrl = `http://127.0.0.1:${backend.server.address().port}`;
  return backend;
}

class Backend {
  /** AAID → the registration that was accepted. */
  devices = new Map();
  /** AAID → the id that the device got. */
  ids = new Map();
  /** Device id → the nonce that it has to answer. */
  challenges = new Map();
  /** Device ids that answered. */
  proven = [];
  /** Id → bytes. */
  attachments = new Map();
  /** `{method, url, headers, body}` of every request. */
  requests = [];
  /** The app's JWT that attachments are given for; without one, to anybody. As ours: 401 for another. */
  bearer = undefined;
  /** What its `Date` headers say, ms. */
  serverTime = () => Date.now();
  /** Answers for the next requests, in order: `(request, response) => true` when it has answered. */
  failures = [];

  /** The next request is answered with `status`. */
  failNext(status, headers = {}) {
    this.failures.push((_, response) => {
      response.writeHead(status, headers).end('{"error":{"code":"injected","message":"injected"}}');
      return true;
    });
  }

  async handle(request, response) {
    const body = await text(request);
    response.setHeader('date', new Date(this.serverTime()).toUTCString());
    this.requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    if (this.failures.shift()?.(request, response, this)) return;
    const [, , collection, id, part] = request.url.split('/');
    if (collection === 'devices' && part === 'proof' && request.method === 'POST') this.#prove(decodeURIComponent(id), body, response);
    else if (collection === 'devices' && request.method === 'PUT') this.#register(decodeURIComponent(id), body, response);
    else if (collection === 'devices' && request.method === 'DELETE') {
      this.#remove(decodeURIComponent(id), request, response);
    } else if (collection === 'attachments' && this.attachments.has(id)) this.#attachment(id, request, response);
    else response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"code":"not_found","message":"no"}}');
  }

  #register(aaid, body, response) {
    const registration = JSON.parse(body);
    if (!this.devices.has(aaid)) this.ids.set(aaid, randomBytes(16).toString('base64url'));
    this.devices.set(aaid, registration);
    const answer = { deviceId: this.ids.get(aaid), keyIds: registration.keys.map((key) => key.keyId) };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  /** As ours where nobody signs in: the device's current key is the credential. A JWT is taken for the user's own. */
  #remove(aaid, request, response) {
    const current = this.devices.get(aaid)?.keys[0];
    const credential = request.headers.authorization?.replace('Bearer ', '');
    const isJwt = credential !== undefined && (credential === this.bearer || credential.split('.').length === 3 || !credential.includes('.'));
    if (current !== undefined && !isJwt && credential !== `${current.keyId}.${current.key}`) {
      response.writeHead(403, { 'content-type': 'application/json' }).end('{"error":{"code":"device_key_needed","message":"no"}}');
      return;
    }
    this.devices.delete(aaid);
    response.writeHead(204).end();
  }

  #prove(id, body, response) {
    const expected = this.challenges.get(id);
    if (expected === undefined || JSON.parse(body).nonce !== expected) {
      response.writeHead(403, { 'content-type': 'application/json' }).end('{"error":{"code":"proof_refused","message":"no"}}');
      return;
    }
    this.proven.push(id);
    response.writeHead(204).end();
  }

  #attachment(id, request, response) {
    if (this.bearer !== undefined && request.headers.authorization !== `Bearer ${this.bearer}`) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"code":"unauthorized","message":"no"}}');
      return;
    }
    const bytes = this.attachments.get(id);
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { 'content-type': 'application/octet-stream' }).end(bytes.subarray(start));
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}

async function text(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
