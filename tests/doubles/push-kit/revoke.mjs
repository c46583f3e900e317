// POST /v1/{clientId}/messages:revoke (push-msg-revoke): the service account's JWT, the app's client id in the path.
import { randomUUID } from 'node:crypto';
import { refusal } from './jwt.mjs';
import { fault, INTEGER, LIST, NON_EMPTY, OBJECT } from './shape.mjs';

const MAX_TOKENS = 1000;
const BODY = { required: { notifyId: INTEGER(0, 2 ** 31 - 1), token: LIST(0, Infinity, NON_EMPTY) }, optional: {} };

/** Takes notifications back that are shown and were not tapped. Returns `[status, answer]`. */
export async function answerRevoke(state, request, clientId, text) {
  const answer = (status, code, msg) => [status, { code, msg, requestId: randomUUID() }];
  const denied = await refusal(state.account, request.headers.authorization, state.control.nowMs());
  if (denied !== undefined) return answer(denied.status, denied.code, denied.msg);
  if (clientId !== state.appClientId) return answer(400, '80300002', 'No permission to send message to these tmIDs.');
  if (!['0', '2'].includes(request.headers['push-type'])) {
    return answer(400, '80100003', 'Illegal payload, The header does not contain valid push-type');
  }
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return answer(400, '80100001', 'Check Parameter Error.');
  }
  const found = OBJECT(body) ? fault('80100001', 'body', BODY, body) : { code: '80100001', msg: 'the body is no object' };
  if (found !== undefined) return answer(400, found.code, found.msg);
  if (body.token.length === 0 || body.token.length > MAX_TOKENS) return answer(400, '80300010', 'token count should within 1 and 1000.');
  const known = body.token.filter((token) => state.devices.refusalReason(token) === undefined);
  if (known.length === 0) return answer(400, '80300007', 'All the tokens are invalid.');
  for (const token of known) state.devices.takeBack(token, body.notifyId);
  return answer(200, '80000000', 'Success');
}
