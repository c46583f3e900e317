// Message receipts ("Push Kit, message receipts"): what Huawei posts to the developer's address, signed with the
// secret of the console. Newer configurations show the secret in base64, old ones as plain text.
import { createHmac, randomUUID } from 'node:crypto';
import { respond } from './wire.mjs';

/** At most so many statuses come in one receipt. */
const MAX_STATUSES = 1000;

/**
 * Posts one receipt to `url` and answers with what came back: `{header, status, body}`.
 * `results` is `[{token, result, timestamp?, requestId?}]`; the request's id, push type and biTag of the newest accepted
 * request with the token are filled in. `header` repeats an earlier one, as somebody who recorded it would. `version: 1` is the flat
 * shape of old configurations; `odd` are items that go in as they are, between the others.
 */
export async function postReceipt({ control }, order, response) {
  const { url, user, secret, form = 'base64', version = 2, odd = [], results, timestamp = Date.now(), nonce = randomUUID(), header } = order;
  if (!Array.isArray(results) || results.length > MAX_STATUSES) return respond(response, 400, { error: 'results must be a list of at most 1000' });
  const callback = header ?? signedHeader({ user, secret, form, timestamp, nonce });
  const statuses = results.map((result) => (version === 1 ? flatStatusOf : statusOf)(control, result, timestamp));
  statuses.splice(1, 0, ...odd);
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-huawei-callback-id': callback },
    body: JSON.stringify({ statuses }),
  });
  respond(response, 200, { header: callback, status: answer.status, body: await answer.json().catch(() => null) });
}

function signedHeader({ user, secret, form, timestamp, nonce }) {
  const key = form === 'base64' ? Buffer.from(secret, 'base64') : Buffer.from(secret, 'utf8');
  const value = createHmac('sha256', key).update(`${timestamp}${nonce}${user}`).digest('base64');
  return `timestamp=${timestamp};nonce=${nonce};value=${value}`;
}

function statusOf(control, { token, result, timestamp: at, requestId, formId }, timestamp) {
  const sent = control.newestWith(token);
  return {
    token,
    appPackageName: 'com.example.app',
    pushType: Number(sent?.headers['push-type'] ?? 6),
    biTag: sent === undefined ? '' : (JSON.parse(sent.body).pushOptions?.biTag ?? ''),
    requestId: requestId ?? sent?.answer.body.requestId ?? '',
    ...(formId === undefined
      ? { deliveryStatus: { result, timestamp: at ?? timestamp } }
      : { formStatus: { formId, result, timestamp: at ?? timestamp } }),
  };
}

/** The older version: `{status, timestamp, appid, token, biTag, requestId}`. */
function flatStatusOf(control, { token, result, timestamp: at, requestId }, timestamp) {
  const sent = control.newestWith(token);
  return {
    biTag: '',
    appid: '100',
    token,
    status: result,
    timestamp: at ?? timestamp,
    requestId: requestId ?? sent?.answer.body.requestId ?? '',
  };
}
