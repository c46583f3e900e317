// The older routes: OAuth 2.0 client credentials, POST /v1/{appId}/messages:send and POST /v2/{projectId}/messages:send.
import { randomBytes, randomUUID } from 'node:crypto';
import { sizeWithoutTokens } from './send.mjs';
import { v1Fault } from './v1-schema.mjs';

const LIFE_S = 3600;
const MAX_BODY_WITHOUT_TOKENS = 4096;
const MAX_TOKENS = 1000;

/** Gives out access tokens and knows which are still good. */
export class OAuth {
  requests = 0;
  #client;
  #issued = new Map();

  constructor(clientId, clientSecret) {
    this.#client = { clientId, clientSecret };
  }

  get clientId() {
    return this.#client.clientId;
  }

  issue(form) {
    this.requests += 1;
    if (form.get('grant_type') !== 'client_credentials') return [400, { error: 1104, error_description: 'grant_type must be client_credentials' }];
    if (form.get('client_id') !== this.#client.clientId || form.get('client_secret') !== this.#client.clientSecret) {
      return [400, { error: 1101, sub_error: 20044, error_description: 'invalid client' }];
    }
    const token = randomBytes(32).toString('base64url');
    this.#issued.set(token, Date.now() + LIFE_S * 1000);
    return [200, { access_token: token, expires_in: LIFE_S, token_type: 'Bearer' }];
  }

  /** Ends every token that was given out. */
  expireAll() {
    for (const token of this.#issued.keys()) this.#issued.set(token, 0);
    return { expired: this.#issued.size };
  }

  /** The documented code for a header that is not accepted, or undefined. */
  refusalCode(header, nowMs = Date.now()) {
    const untilMs = this.#issued.get(/^Bearer (\S+)$/.exec(header ?? '')?.[1]);
    if (untilMs === undefined) return '80200001';
    return untilMs <= nowMs ? '80200003' : undefined;
  }
}

export function answerOAuth(state, request, body) {
  if (!/^application\/x-www-form-urlencoded(;|$)/.test(request.headers['content-type'] ?? '')) {
    return [400, { error: 1104, error_description: 'Content-Type must be application/x-www-form-urlencoded' }];
  }
  return state.oauth.issue(new URLSearchParams(body));
}

/** `id` is the app's id (the OAuth client's) on v1, the project's on v2. */
export function answerSendOld(state, request, version, id, text) {
  const answer = (status, code, msg) => [status, { code, msg, requestId: randomUUID() }];
  const denied = state.oauth.refusalCode(request.headers.authorization);
  if (denied !== undefined) return answer(401, denied, 'the access token is not accepted');
  const expected = version === 'v1' ? state.oauth.clientId : state.account.project;
  if (id !== expected) return answer(400, '80300002', 'No permission to send message to these tmIDs.');
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return answer(400, '80100001', 'the body is not JSON');
  }
  const fault = v1Fault(body);
  if (fault !== undefined) return answer(400, fault.code, fault.msg);
  const { message } = body;
  const tokens = message.token;
  if (tokens.length > MAX_TOKENS) return answer(400, '80300010', 'more than 1000 tokens');
  if (sizeWithoutTokens(text, tokens) > MAX_BODY_WITHOUT_TOKENS) return answer(400, '80300008', 'the message is larger than 4096 bytes');
  const good = tokens.filter((token) => state.devices.refusalReason(token) === undefined);
  if (good.length === 0) return answer(200, '80300007', 'Invalid Token');
  // A notification beside the data is shown, and the app does not run.
  if (body.validate_only !== true) {
    for (const token of good) {
      if (message.notification === undefined) state.devices.deliverV1(token, message.data);
      else state.devices.showV1(token, message);
    }
  }
  if (good.length < tokens.length) {
    const illegal = tokens.filter((token) => !good.includes(token));
    return answer(200, '80100000', JSON.stringify({ success: good.length, failure: illegal.length, illegal_tokens: illegal }));
  }
  return answer(200, '80000000', 'Success');
}
