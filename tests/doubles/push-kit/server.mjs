// A double of Huawei Push Kit on loopback: the server API that a backend calls, and the device side that the
// `@kit.PushKit` double calls. It imitates what is documented in "Push Kit, REST API v3" and "Push Kit, ArkTS
// API reference"; nothing is answered that these pages do not describe. docs/backend.md lists its routes.
//
//   node server.mjs --port 0 --key service-account.json [--kid K --iss I --project P]
//
// Prints one line of JSON, {"port": N}, once it listens, and nothing else.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Control } from './control.mjs';
import { Devices } from './devices.mjs';
import { loadAccount } from './jwt.mjs';
import { answerSend } from './send.mjs';
import { answerOAuth, answerSendV1, OAuth } from './v1.mjs';
import { readBody, respond } from './wire.mjs';

/** Starts the double on loopback; resolves to `{port, close()}`. */
export async function start({ port = 0, account, clientId = 'client-id', clientSecret = 'client-secret' }) {
  const state = { account, devices: new Devices(), control: new Control(), oauth: new OAuth(clientId, clientSecret) };
  const server = createServer((request, response) => {
    response.setHeader('date', new Date(state.control.nowMs()).toUTCString());
    route(state, request, response).catch((error) => {
      if (!response.headersSent) respond(response, 500, { code: '81000001', msg: `double failed: ${error.message}` });
      else response.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: server.address().port,
    close: () =>
      new Promise((resolve) => {
        state.devices.close();
        server.close(resolve);
        server.closeAllConnections();
      }),
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
  if (send?.[1] === 'v1') return answerSendV1(state, request, send[2], body);
  // A v2 URL reaches only older systems, so every token of a newer one fails.
  if (send?.[1] === 'v2') return [200, { code: '80300007', msg: 'All tokens are invalid' }];
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
    },
  });
  const account = await loadAccount(values);
  const { port } = await start({
    port: Number(values.port),
    account,
    clientId: values['client-id'],
    clientSecret: values['client-secret'],
  });
  process.stdout.write(`${JSON.stringify({ port })}\n`);
}

if (import.meta.filename === process.argv[1]) {
  main().catch((error) => {
    const reason = error.code === 'EADDRINUSE' ? `port ${error.port} is taken: choose another, or 0` : error.message;
    process.stderr.write(`push-kit double: ${reason}\n`);
    process.exit(1);
  });
}
