// A double of Huawei Push Kit on loopback: the server API that a backend calls, and the device side that the
// `@kit.PushKit` double calls. It imitates what is documented in "Push Kit, REST API v3" and "Push Kit, ArkTS
// API reference"; nothing is answered that these pages do not describe. docs/backend.md lists its routes.
//
//   node server.mjs --port 0 --key service-account.json [--kid K --iss I --project P] [--tls-cert CERT --tls-key KEY]
//
// Prints one line of JSON, {"port": N}, once it listens, and nothing else; with a certificate also "tlsPort", where the same routes are
// served with TLS and HTTP/2.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Control } from './control.mjs';
import { Devices } from './devices.mjs';
import { startFront } from './front.mjs';
import { loadAccount } from './jwt.mjs';
import { answerSend } from './send.mjs';
import { answerRevoke } from './revoke.mjs';
import { answerOAuth, answerSendOld, OAuth } from './v1.mjs';
import { cut, readBody, respond } from './wire.mjs';

/** Starts the double on loopback; resolves to `{port, close()}`. */
export async function start({ port = 0, account, clientId = 'client-id', clientSecret = 'client-secret', appClientId = clientId, tls }) {
  const state = { account, appClientId, devices: new Devices(), control: new Control(), oauth: new OAuth(clientId, clientSecret) };
  const listener = (request, response) => {
    response.setHeader('date', new Date(state.control.nowMs()).toUTCString());
    route(state, request, response).catch((error) => {
      if (!response.headersSent) respond(response, 500, { code: '81000001', msg: `double failed: ${error.message}` });
      else cut(response);
    });
  };
  const server = createServer(listener);
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  state.front = tls === undefined ? undefined : await startFront({ ...tls, listener });
  return {
    port: server.address().port,
    tlsPort: state.front?.port,
    close: async () => {
      state.devices.close();
      await state.front?.close();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

async function route(state, request, response) {
  const url = new URL(request.url, 'http://127.0.0.1');
  if (url.pathname.startsWith('/device/')) return state.devices.answer(url, request, response);
  if (url.pathname.startsWith('/control/')) return state.control.answer(url, request, response, state);
  const body = await readBody(request);
  const entry = state.control.record(request, url.pathname, body);
  const fault = state.control.takeFault(url.pathname);
  if (fault !== undefined && (await state.control.answerFault(fault, entry, response))) return;
  const [status, answer] = await answerServer(state, request, url.pathname, body);
  entry.answer = { status, body: answer };
  respond(response, status, answer);
}

function answerServer(state, request, path, body) {
  const send = /^\/(v[123])\/([^/]+)\/messages:send$/.exec(path);
  if (request.method !== 'POST') return [405, { code: '80100001', msg: 'only POST is served here' }];
  if (path === '/oauth2/v3/token') return answerOAuth(state, request, body);
  if (send?.[1] === 'v3') return answerSend(state, request, send[2], body);
  if (send !== null) return answerSendOld(state, request, send[1], send[2], body);
  const revoke = /^\/v1\/([^/]+)\/messages:revoke$/.exec(path);
  if (revoke !== null) return answerRevoke(state, request, revoke[1], body);
  return [404, { code: '80100001', msg: 'no such path' }];
}

async function main() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      key: { type: 'string' },
      kid: { type: 'string' },
      iss: { type: 'string' },
      project: { type: 'string' },
      'client-id': { type: 'string' },
      'client-secret': { type: 'string' },
      'app-client-id': { type: 'string' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
    },
  });
  const account = await loadAccount(values);
  const tls = values['tls-cert'] === undefined ? undefined : { cert: await readFile(values['tls-cert']), key: await readFile(values['tls-key']) };
  const { port, tlsPort } = await start({
    port: Number(values.port),
    account,
    clientId: values['client-id'],
    clientSecret: values['client-secret'],
    appClientId: values['app-client-id'],
    tls,
  });
  process.stdout.write(`${JSON.stringify({ port, tlsPort })}\n`);
}

if (import.meta.filename === process.argv[1]) {
  main().catch((error) => {
    const reason = error.code === 'EADDRINUSE' ? `port ${error.port} is taken: choose another, or 0` : error.message;
    process.stderr.write(`push-kit double: ${reason}\n`);
    process.exit(1);
  });
}
