// The double itself: it accepts what the documents describe and refuses the rest.
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { loadAccount } from './jwt.mjs';
import { start } from './server.mjs';

const fromTests = createRequire(new URL('../../node/package.json', import.meta.url));
const { SignJWT } = await import(pathToFileURL(fromTests.resolve('jose')).href);

const AUDIENCE = 'https://oauth-login.cloud.huawei.com/oauth2/v3/token';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
let folder;
let double;
let url;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'push-kit-double-'));
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  // One line, with its line ends escaped twice: seen in the wild.
  const file = { project_id: 'p1', key_id: 'k1', sub_account: 's1', private_key: pem.replaceAll('\n', '\\n') };
  await writeFile(join(folder, 'account.json'), JSON.stringify(file));
  const account = await loadAccount({ key: join(folder, 'account.json') });
  double = await start({ account });
  url = `http://127.0.0.1:${double.port}`;
});
after(async () => {
  await double.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => call('DELETE', '/control/answer'));

function call(method, path, body, headers = {}) {
  return fetch(url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

function jwt({ kid = 'k1', typ = 'JWT', alg = 'PS256', iss = 's1', aud = AUDIENCE, iat = 0, life = 3600, key = privateKey } = {}) {
  const now = Math.floor(Date.now() / 1000) + iat;
  return new SignJWT({ iss, aud, iat: now, exp: now + life }).setProtectedHeader({ kid, typ, alg }).sign(key);
}

async function newToken(aaid) {
  return (await (await call('POST', '/device/token', { aaid })).json()).token;
}

async function send(body, { bearer, pushType = '6', project = 'p1', contentType = 'application/json', path } = {}) {
  const headers = { 'push-type': pushType, 'content-type': contentType, authorization: `Bearer ${bearer ?? (await jwt())}` };
  const response = await call('POST', path ?? `/v3/${project}/messages:send`, body, headers);
  return { status: response.status, ...(await response.json()) };
}

function background(...token) {
  return { payload: { extraData: 'x' }, target: { token } };
}

test('a good request is taken', async () => {
  const answer = await send(background(await newToken('good')));
  assert.equal(answer.code, '80000000');
  assert.equal(answer.status, 200);
  assert.equal(typeof answer.requestId, 'string');
});

test('a JWT is refused with the documented code', async () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const body = background(await newToken('jwt'));
  const cases = [
    [{ alg: 'RS256' }, '80200001'],
    [{ key: other }, '80200001'],
    [{ kid: 'k2' }, '80200001'],
    [{ typ: 'at+jwt' }, '80200001'],
    [{ iss: 's2' }, '80200001'],
    [{ aud: 'https://example.com' }, '80200001'],
    [{ iat: 3600 }, '80200001'],
    [{ life: 86_401 }, '80300036'],
    [{ iat: -7200 }, '80200005'],
  ];
  for (const [options, code] of cases) {
    assert.equal((await send(body, { bearer: await jwt(options) })).code, code, JSON.stringify(Object.keys(options)));
  }
  assert.equal((await send(body, { bearer: 'no.jwt.here' })).code, '80200001');
});

test('a request out of shape is refused with the documented code', async () => {
  const token = await newToken('shape');
  const shown = { category: 'IM', title: 't', body: 'b', clickAction: { actionType: 0 } };
  const alert = { payload: { notification: shown }, target: { token: [token] } };
  const cases = [
    [background(token), { pushType: '3' }, '80100003'],
    [background(token), { pushType: '7' }, '80100003'],
    [background(token), { contentType: 'text/plain' }, '80100001'],
    [background(token), { project: 'p2' }, '80300002'],
    [background(), {}, '80100001'],
    [{ ...background(token), extra: 1 }, {}, '80100001'],
    [{ payload: { extraData: { a: 1 } }, target: { token: [token] } }, {}, '80100003'],
    [{ payload: { extraData: 'x', extra: 1 }, target: { token: [token] } }, {}, '80100003'],
    [{ payload: { extraData: 'x', proxyData: true }, target: { token: [token] } }, {}, '80100003'],
    [{ ...background(token), pushOptions: { ttl: 1_296_001 } }, {}, '80100004'],
    [{ ...background(token), pushOptions: { collapseKey: 1 } }, {}, '80100001'],
    [{ ...alert, pushOptions: { backgroundMode: 1 } }, { pushType: '0' }, '80100001'],
    [alert, {}, '80100003'],
    [{ payload: { ...alert.payload, extraData: 'x' }, target: alert.target }, { pushType: '0' }, '80100003'],
    [{ payload: { ...alert.payload, extraData: 'x' }, target: alert.target }, { pushType: '2' }, '80100003'],
    [background(...Array.from({ length: 1001 }, () => token)), {}, '80300010'],
    [{ ...background(...Array.from({ length: 11 }, () => token)), pushOptions: { testMessage: true } }, {}, '80300030'],
  ];
  for (const [body, options, code] of cases) {
    assert.equal((await send(body, options)).code, code, `${JSON.stringify(body).slice(0, 120)} ${JSON.stringify(options)}`);
  }
  assert.equal((await send(alert, { pushType: '0' })).code, '80000000');
});

test('4096 bytes without the tokens are the most', async () => {
  const tokens = [await newToken('size1'), await newToken('size2')];
  const empty = JSON.stringify({ payload: { extraData: '' }, target: { token: [] } }).length;
  const body = (bytes) => ({ payload: { extraData: 'x'.repeat(bytes - empty) }, target: { token: tokens } });
  assert.equal((await send(body(4096))).code, '80000000');
  assert.equal((await send(body(4097))).code, '80300008');
});

test('unknown tokens are named by reason, and all together are 80300007', async () => {
  const answer = await send(background(await newToken('known'), 'unknown'));
  assert.equal(answer.code, '80100000');
  assert.deepEqual(JSON.parse(answer.msg), { illegalTokens: { tokenFormatError: ['unknown'] }, success: 1, failure: 1 });
  const all = await send(background('unknown', 'other'));
  assert.equal(all.code, '80300007');
  assert.deepEqual(JSON.parse(all.msg), { failure: 2, illegalTokens: { tokenFormatError: ['unknown', 'other'] } });
});

test('the app gets the payload in the shape of PushPayload, the newest cached one at the next start', async () => {
  const token = await newToken('stream');
  await send({ payload: { extraData: 'first' }, target: { token: [token] } });
  await send({ payload: { extraData: 'second' }, target: { token: [token] } });
  const stream = (await call('GET', `/device/messages?token=${token}`)).body.pipeThrough(new TextDecoderStream());
  const lines = [];
  const reading = (async () => {
    for await (const text of stream) {
      lines.push(...text.trim().split('\n').map((line) => JSON.parse(line)));
      if (lines.length === 3) return;
      if (lines.length === 2) await send({ payload: { extraData: 'third' }, target: { token: [token] } });
    }
  })();
  await reading;
  const data = (extraData) => JSON.stringify({ data: extraData, header: { token: 'MA**' } });
  assert.deepEqual(lines, [{ hello: true }, { type: 'BACKGROUND', data: data('second') }, { type: 'BACKGROUND', data: data('third') }]);
});

test('proxyData keeps every message as a row', async () => {
  const token = await newToken('table');
  for (const extraData of ['1', '2']) await send({ payload: { extraData, proxyData: 'ENABLE' }, target: { token: [token] } });
  const rows = await (await call('GET', `/device/table?token=${token}`)).json();
  const columns = 'id message_id push_type message_action message field1 field2 field3 field4 field5 create_time'.split(' ');
  assert.deepEqual(rows.map((row) => Object.keys(row)), [columns, columns]);
  assert.deepEqual(rows.map((row) => row.message), ['{"data":"1"}', '{"data":"2"}']);
});

test('a notification is shown once for an appMessageId', async () => {
  const token = await newToken('shown');
  const notification = { category: 'IM', title: 't', body: 'b', appMessageId: 'm', clickAction: { actionType: 0, data: { a: 1 } } };
  for (let n = 0; n < 2; n += 1) await send({ payload: { notification }, target: { token: [token] } }, { pushType: '0' });
  const shown = await (await call('GET', `/device/notifications?token=${token}`)).json();
  assert.deepEqual(shown.map((one) => one.data), [{ a: 1 }]);
});

test('queued answers come first and requests are listed', async () => {
  await call('POST', '/control/answer', { count: 2, status: 503 });
  await call('POST', '/control/answer', { status: 401, code: '80200005' });
  const body = background(await newToken('queued'));
  const raw = async () => (await call('POST', '/v3/p1/messages:send', body)).status;
  assert.deepEqual([await raw(), await raw()], [503, 503]);
  assert.equal((await send(body)).code, '80200005');
  assert.equal((await send(body)).code, '80000000');
  const requests = await (await call('GET', '/control/requests')).json();
  assert.deepEqual(requests.slice(-4).map((request) => request.answer.status), [503, 503, 401, 200]);
  assert.equal((await call('POST', '/control/answer', { status: 200 })).status, 400);
});

test('the v1 route wants an access token of its own', async () => {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'client-id', client_secret: 'client-secret' });
  const token = await newToken('v1');
  const asked = await fetch(`${url}/oauth2/v3/token`, { method: 'POST', body: form });
  const { access_token: bearer, expires_in: life } = await asked.json();
  assert.equal(life, 3600);
  const body = { validate_only: false, message: { data: '{}', token: [token] } };
  // v1 has the OAuth client's id in its path, v2 the project's.
  assert.equal((await send(body, { bearer, path: '/v1/client-id/messages:send' })).code, '80000000');
  assert.equal((await send(body, { bearer, path: '/v1/p1/messages:send' })).code, '80300002');
  assert.equal((await send(body, { bearer, path: '/v2/p1/messages:send' })).code, '80000000');
  assert.equal((await send(body, { bearer, path: '/v2/client-id/messages:send' })).code, '80300002');
  assert.equal((await send(body, { path: '/v1/client-id/messages:send' })).code, '80200001');
  assert.equal((await send(background(token), { bearer })).code, '80200001');
  form.set('client_secret', 'wrong');
  assert.equal((await fetch(`${url}/oauth2/v3/token`, { method: 'POST', body: form })).status, 400);
});

test('a receipt is signed as documented, for the request that carried the token', async () => {
  const token = await newToken('receipt');
  const { requestId } = await send({ ...background(token), pushOptions: { biTag: 'tag' } });
  const received = [];
  const address = createServer(async (request, response) => {
    received.push({ header: request.headers['x-huawei-callback-id'], body: JSON.parse((await request.toArray()).join('')) });
    response.end('{"code":"0","message":"success"}');
  });
  await new Promise((resolve) => address.listen(0, '127.0.0.1', resolve));
  const order = { url: `http://127.0.0.1:${address.address().port}/`, user: 'u', results: [{ token, result: 2 }] };
  const secret = Buffer.from('the secret').toString('base64');
  for (const [form, key] of [['base64', 'the secret'], ['text', secret]]) {
    const answer = await (await call('POST', '/control/receipt', { ...order, secret, form, timestamp: 1_700_000_000_000, nonce: 'n' })).json();
    assert.deepEqual([answer.status, answer.body], [200, { code: '0', message: 'success' }]);
    const { header, body } = received.pop();
    const value = createHmac('sha256', key).update('1700000000000nu').digest('base64');
    assert.equal(header, `timestamp=1700000000000;nonce=n;value=${value}`);
    const deliveryStatus = { result: 2, timestamp: 1_700_000_000_000 };
    assert.deepEqual(body.statuses, [{ token, appPackageName: 'com.example.app', pushType: 6, biTag: 'tag', requestId, deliveryStatus }]);
  }
  address.close();
});

test('a notification is revoked by its notifyId with the app\'s client id', async () => {
  const token = await newToken('revoke');
  const shown = async () => (await (await call('GET', `/device/notifications?token=${token}`)).json()).length;
  const notification = { category: 'IM', title: 't', body: 'b', notifyId: 7, clickAction: { actionType: 0 } };
  await send({ payload: { notification }, target: { token: [token] } }, { pushType: '0' });
  assert.equal(await shown(), 1);
  const revoke = (body, { pushType = '0', client = 'client-id' } = {}) => send(body, { pushType, path: `/v1/${client}/messages:revoke` });
  const order = { notifyId: 7, token: [token] };
  const cases = [
    [order, { client: 'p1' }, '80300002'],
    [order, { pushType: '6' }, '80100003'],
    [{ token: [token] }, {}, '80100001'],
    [{ notifyId: -1, token: [token] }, {}, '80100001'],
    [{ notifyId: 7, token: [] }, {}, '80300010'],
    [{ notifyId: 7, token: ['unknown'] }, {}, '80300007'],
  ];
  for (const [body, options, code] of cases) assert.equal((await revoke(body, options)).code, code, JSON.stringify([body, options]));
  assert.equal(await shown(), 1);
  assert.equal((await revoke(order)).code, '80000000');
  assert.equal(await shown(), 0);
});

test('a widget refresh takes one token, also as a test message', async () => {
  const tokens = [await newToken('form1'), await newToken('form2')];
  const form = { moduleName: 'entry', abilityName: 'A', formName: 'w', formId: 1, version: 1, formData: { a: 1 } };
  const body = (token, pushOptions = {}) => ({ payload: form, pushOptions, target: { token } });
  assert.equal((await send(body(tokens), { pushType: '1' })).code, '80300010');
  assert.equal((await send(body(tokens, { testMessage: true }), { pushType: '1' })).code, '80300030');
  assert.equal((await send(body([tokens[0]]), { pushType: '1' })).code, '80000000');
});

test('an answer can have headers, and end in its middle', async () => {
  await call('POST', '/control/answer', { status: 503, headers: { 'retry-after': '7' } });
  const answer = await call('POST', '/v3/p1/messages:send', {});
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '7']);
  await call('POST', '/control/answer', { body: '{"code":"80000000","msg":"Success"}', half: true });
  await assert.rejects(async () => (await call('POST', '/v3/p1/messages:send', {})).text());
});
