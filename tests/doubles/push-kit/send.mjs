// POST /v3/{projectId}/messages:send ("Push Kit, REST API v3: sending messages").
import { randomUUID } from 'node:crypto';
import { refusal } from './jwt.mjs';
import { schemaFault } from './schema.mjs';

const MAX_BODY_WITHOUT_TOKENS = 4096;
const MAX_TOKENS = 1000;
const MAX_TEST_TOKENS = 10;
/** "A widget refresh carries one token only." */
const FORM = '1';

/** Runs the documented checks in order and hands the payload to the devices. Returns `[status, answer]`. */
export async function answerSend(state, request, projectId, text) {
  const requestId = randomUUID();
  const answer = (status, code, msg) => [status, { code, msg, requestId }];

  const denied = await refusal(state.account, request.headers.authorization, state.control.nowMs());
  if (denied !== undefined) return answer(denied.status, denied.code, denied.msg);
  if (projectId !== state.account.project) return answer(400, '80300002', 'the project is not this account\'s, or push is off');
  if (!/^application\/json(;|$)/.test(request.headers['content-type'] ?? '')) {
    return answer(400, '80100001', 'Content-Type must be application/json');
  }
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return answer(400, '80100001', 'the body is not JSON');
  }
  const pushType = request.headers['push-type'];
  const fault = schemaFault(pushType, body);
  if (fault !== undefined) return answer(400, fault.code, fault.msg);

  const tokens = body.target.token;
  const most = pushType === FORM ? 1 : MAX_TOKENS;
  if (body.pushOptions?.testMessage === true && tokens.length > Math.min(most, MAX_TEST_TOKENS)) {
    return answer(400, '80300030', 'When send test message, token count exceed limit.');
  }
  if (tokens.length > most) return answer(400, '80300010', `token count should within 1 and ${most}.`);
  if (sizeWithoutTokens(text, tokens) > MAX_BODY_WITHOUT_TOKENS) return answer(400, '80300008', 'the message is larger than 4096 bytes');

  const illegal = illegalTokens(state.devices, tokens);
  const bad = new Set(Object.values(illegal).flat());
  // The reason of each token is told here too, without the number of the others.
  if (bad.size === tokens.length) return answer(200, '80300007', JSON.stringify({ failure: bad.size, illegalTokens: illegal }));
  for (const token of tokens) if (!bad.has(token)) state.devices.deliver(token, Number(pushType), body, requestId);
  if (bad.size > 0) {
    const msg = { illegalTokens: illegal, success: tokens.length - bad.size, failure: bad.size };
    return answer(200, '80100000', JSON.stringify(msg));
  }
  return answer(200, '80000000', 'Success');
}

/** Bytes of the body as sent, less the tokens' own bytes: as if the list were empty. */
export function sizeWithoutTokens(text, tokens) {
  const list = JSON.stringify(tokens);
  return Buffer.byteLength(text) - Buffer.byteLength(list) + 2;
}

/** Tokens by reason, in the shape of `msg.illegalTokens`; the real answer pads a reason with spaces now and then. */
function illegalTokens(devices, tokens) {
  const byReason = {};
  for (const token of tokens) {
    const reason = devices.refusalReason(token);
    if (reason !== undefined) (byReason[reason] ??= []).push(token);
  }
  return byReason;
}
