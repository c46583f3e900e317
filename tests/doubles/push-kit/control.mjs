// How a test steers the double and sees what came in.
import { setTimeout as sleep } from 'node:timers/promises';
import { postReceipt } from './receipts.mjs';
import { cut, readBody, respond, respondHalf } from './wire.mjs';

/** The newest requests that are kept; every one is counted. */
const KEPT_REQUESTS = 10_000;

export class Control {
  #requests = [];
  #faults = [];
  #received = 0;
  #bearers = new Set();
  /** By how much the clock of this double is ahead. */
  #aheadMs = 0;

  nowMs() {
    return Date.now() + this.#aheadMs;
  }

  record(request, path, body) {
    const { method, headers } = request;
    const entry = { number: ++this.#received, method, path, headers, body, httpVersion: request.httpVersion, atMs: Date.now() };
    this.#requests.push(entry);
    if (this.#requests.length > 2 * KEPT_REQUESTS) this.#requests.splice(0, KEPT_REQUESTS);
    if (headers.authorization !== undefined) this.#bearers.add(headers.authorization);
    return entry;
  }

  /** The newest request for sending that was accepted and names this token. */
  newestWith(token) {
    return this.#requests.findLast((entry) => entry.answer?.body?.requestId !== undefined && entry.body.includes(`"${token}"`));
  }

  /** The next queued fault meant for this path. */
  takeFault(path) {
    const at = this.#faults.findIndex((fault) => fault.path === undefined || path.endsWith(fault.path));
    if (at === -1) return undefined;
    const fault = this.#faults[at];
    if (--fault.count <= 0) this.#faults.splice(at, 1);
    return fault;
  }

  /**
   * Answers late as usual (`pass`), late with a status, headers and body, not at all (`cut`: the connection ends without an answer),
   * or with half of the body (`half`: it ends in the middle of it).
   */
  async answerFault(fault, entry, response) {
    if (fault.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault.pass === true) return false;
    entry.answer = { status: fault.status, body: fault.body, cut: fault.cut };
    if (fault.cut === true) cut(response);
    else if (fault.half === true) respondHalf(response, fault.status, fault.body);
    else respond(response, fault.status, fault.body, fault.headers);
    return true;
  }

  async answer(url, request, response, state) {
    const route = `${request.method} ${url.pathname}`;
    if (route === 'GET /control/requests') return respond(response, 200, this.#requests.slice(-KEPT_REQUESTS));
    if (route === 'DELETE /control/requests') return respond(response, 200, this.#clear());
    if (route === 'GET /control/counts') return respond(response, 200, this.#counts(state));
    if (route === 'POST /control/answer') return this.#queue(JSON.parse(await readBody(request)), response);
    if (route === 'POST /control/receipt') return postReceipt(state, JSON.parse(await readBody(request)), response);
    if (route === 'DELETE /control/answer') return respond(response, 200, { dropped: this.#faults.splice(0).length });
    if (route === 'POST /control/clock') return this.#setClock(JSON.parse(await readBody(request)), response);
    if (route === 'POST /control/silence') return respond(response, 200, { silenced: state.front?.silence() ?? 0 });
    if (route === 'POST /control/expire') return respond(response, 200, state.oauth.expireAll());
    return respond(response, 404, { error: `no such route: ${route}` });
  }

  #setClock({ aheadSeconds }, response) {
    if (!Number.isInteger(aheadSeconds)) return respond(response, 400, { error: 'aheadSeconds is a whole number' });
    this.#aheadMs = aheadSeconds * 1000;
    respond(response, 200, { aheadSeconds });
  }

  #counts(state) {
    return { requests: this.#received, bearers: this.#bearers.size, oauthRequests: state.oauth.requests };
  }

  #clear() {
    this.#bearers.clear();
    this.#received = 0;
    return { dropped: this.#requests.splice(0).length };
  }

  #queue({ count = 1, status = 200, code, msg = 'queued by a test', body, headers, delayMs, cut, half, pass, path }, response) {
    if (code === undefined && body === undefined && cut !== true && pass !== true && status < 300) {
      return respond(response, 400, { error: 'name a code, a body, a status of 300 or more, cut or pass' });
    }
    const answer = body ?? (code === undefined ? '' : { code, msg, requestId: 'queued' });
    this.#faults.push({ count, status, body: answer, headers, delayMs, cut, half, pass, path });
    respond(response, 200, { queued: this.#faults.length });
  }
}
