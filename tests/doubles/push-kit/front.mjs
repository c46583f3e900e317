// TLS and HTTP/2 as Push Kit speaks them (TLS 1.2 and newer), behind a front that can stop answering: connections that are open then
// are told nothing, as when a firewall forgets them; new ones are served.
import { createSecureServer } from 'node:http2';
import { connect, createServer } from 'node:net';

/** Listens with TLS on a free port; resolves to `{port, silence(), close()}`. */
export async function startFront({ cert, key, listener }) {
  const secure = createSecureServer({ cert, key, allowHTTP1: true, minVersion: 'TLSv1.2' }, listener);
  const sessions = new Set();
  secure.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  await listening(secure, 0);
  const { port: inner } = secure.address();
  const pairs = new Set();
  const front = createServer((near) => {
    const far = connect(inner, '127.0.0.1');
    const pair = { near, far };
    pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on('close', end).on('error', end);
  });
  await listening(front, 0);
  return {
    port: front.address().port,
    silence: () => silence(pairs),
    close: async () => {
      for (const { near, far } of pairs) {
        near.destroy();
        far.destroy();
      }
      for (const session of sessions) session.destroy();
      await Promise.all([new Promise((resolve) => front.close(resolve)), new Promise((resolve) => secure.close(resolve))]);
    },
  };
}

/** From now on nothing goes through the connections that are open, in either direction. */
function silence(pairs) {
  for (const { near, far } of pairs) {
    near.unpipe(far);
    far.unpipe(near);
    near.pause();
    far.pause();
  }
  return pairs.size;
}

function listening(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
