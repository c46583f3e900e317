import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import test from 'node:test';
import ece from 'http_ece';
import { registered } from './registered.mjs';
import { startBackend } from '../../doubles/backend/server.mjs';
import { har, importInApp, makeContext, makeDevice, runExtension } from './app.mjs';
import { seal } from './sealing.mjs';

/** An attachment as the backend keeps it, sealed by npm's `http_ece`, and the claim check for it. */
function attach(backend, text, changes = {}) {
  const key = randomBytes(16);
  const bytes = ece.encrypt(Buffer.from(text), { version: 'aes128gcm', key, salt: randomBytes(16), rs: 4096 });
  const id = randomUUID();
  backend.attachments.set(id, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('base64url');
  return { id, size: bytes.length, sha256, key: key.toString('base64url'), ...changes };
}

const sendReference = async ({ device, key }, ref) => device.pushKit.send(device, 'BACKGROUND', await seal(key, undefined, { ref }));
const reasons = (app) => app.model.problems.map((problem) => `${problem.reason}${problem.dropped ? ' dropped' : ''}`);

test('an attachment of 1 MiB arrives as the message\'s text', async (t) => {
  const world = await registered(t);
  const body = JSON.stringify({ big: '图'.repeat(350000) });
  await sendReference(world, attach(world.backend, body));
  await world.app.until((model) => model.messages.length === 1);
  assert.equal(world.app.model.messages[0].text, body);
});

test('the app\'s own JWT goes with the request, and without it the message is kept', async (t) => {
  const backend = await startBackend();
  t.after(() => backend.close());
  const device = makeDevice();
  t.after(() => device.process.kill());
  const { module: pushseal } = await importInApp(device, har);
  device.process.foreground = true;
  backend.bearer = 'jwt-2';
  const [texts, problems] = [[], []];
  let jwt = 'jwt-1';
  const authorization = async () => jwt;
  pushseal.PushSeal.start({ context: makeContext(device) }, {}, {
    baseUrl: `${backend.baseUrl}/`, region: 'cn', consent: () => true, authorization,
    onMessage: async (message) => { texts.push(message.text()); },
    onProblem: (problem) => problems.push(`${problem.reason} ${problem.dropped}`),
  });
  await pushseal.PushSeal.register();
  const [key] = backend.devices.get(device.aaid).keys;
  await sendReference({ device, key }, attach(backend, '"for this user"'));
  while (problems.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  assert.deepEqual([texts, problems], [[], ['AttachmentUnavailable false']]);
  jwt = 'jwt-2';
  while (texts.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  assert.deepEqual(texts, ['"for this user"']);
});

test('a download that breaks goes on where it stopped', async (t) => {
  const world = await registered(t);
  const { backend, app } = world;
  const body = JSON.stringify({ big: randomBytes(200000).toString('hex') });
  const ref = attach(backend, body);
  const broken = (part) => (request, response) => {
    const bytes = backend.attachments.get(ref.id);
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': bytes.length - start });
    response.write(bytes.subarray(start, start + part), () => setTimeout(() => response.destroy(), 20));
    return true;
  };
  backend.failures.push(broken(100000), broken(50000));
  await sendReference(world, ref);
  await app.until((model) => model.messages.length === 1);
  assert.equal(app.model.messages[0].text, body);
  const ranges = backend.requests.filter((request) => request.url.includes('attachments')).map((request) => request.headers.range);
  assert.equal(ranges[0], undefined);
  assert.match(ranges[1], /^bytes=\d+-$/);
});

test('pieces that do not fit together are fetched again as a whole', async (t) => {
  const world = await registered(t);
  const { backend, app } = world;
  const ref = attach(backend, '"right"');
  backend.failures.push((_, response) => {
    response.writeHead(200, { 'content-length': 500 });
    response.write('{"error"', () => setTimeout(() => response.destroy(), 20));
    return true;
  });
  await sendReference(world, ref);
  await app.until((model) => model.messages.length === 1);
  assert.equal(app.model.messages[0].text, '"right"');
});

test('a backend that fails for a moment is asked again within the window', async (t) => {
  const world = await registered(t);
  world.backend.failNext(503);
  world.backend.failNext(500);
  await sendReference(world, attach(world.backend, '"late"'));
  await world.app.until((model) => model.messages.length === 1);
});

const refusals = {
  'is not there': (backend) => attach(backend, '"x"', { id: 'absent' }),
  'has another hash': (backend) => attach(backend, '"x"', { sha256: createHash('sha256').digest('base64url') }),
  'has another key': (backend) => attach(backend, '"x"', { key: randomBytes(16).toString('base64url') }),
  'is longer than stated': (backend) => ({ ...attach(backend, '"x"'), size: 30 }),
  'is far longer than stated': (backend) => ({ ...attach(backend, 'x'.repeat(200000)), size: 30 }),
  'is shorter than stated': (backend) => ({ ...attach(backend, '"x"'), size: 3000 }),
};
for (const [name, make] of Object.entries(refusals)) {
  test(`an attachment that ${name} is refused, and the message dropped`, async (t) => {
    const world = await registered(t);
    await sendReference(world, make(world.backend));
    await world.app.until((model) => model.problems.length === 1);
    assert.deepEqual(reasons(world.app), ['AttachmentRefused dropped']);
    assert.equal(world.device.databases.get('pushseal.db').select("SELECT COUNT(*) FROM pushseal_inbox WHERE state <> 2", []).rows[0][0], 0);
  });
}

test('an attachment that may not be had now keeps the message, which comes again', async (t) => {
  const world = await registered(t);
  const ref = attach(world.backend, '"later"');
  world.backend.failNext(403);
  await sendReference(world, ref);
  await world.app.until((model) => model.problems.length === 1);
  assert.deepEqual(reasons(world.app), ['AttachmentUnavailable']);
  await world.app.until((model) => model.messages.length === 1);
});

test('the extension shows text that came as an attachment', async (t) => {
  const { backend, device, key } = await registered(t);
  const ref = attach(backend, JSON.stringify({ title: 'long', text: 'x'.repeat(9000) }));
  const shown = await runExtension(device, JSON.stringify({ data: await seal(key, undefined, { ref }) }));
  assert.equal(shown.text.length, 9000);
});

test('the extension fetches an attachment with the JWT of the user who signed in, until the user signs out', async (t) => {
  const { app, backend, device, key } = await registered(t);
  const jwt = 'a.jwt.of-zhang';
  const ref = attach(backend, JSON.stringify({ title: 'long', text: 'for zhang' }));
  const show = async () => (await runExtension(device, JSON.stringify({ data: await seal(key, undefined, { ref }) }))).text;
  backend.bearer = jwt;
  device.timeFactor = 20;
  assert.equal(await show(), 'You have a new message', 'nobody signed in');
  await app.model.onSignIn('zhang', jwt);
  assert.equal(await show(), 'for zhang');
  await app.model.onSignIn('zhang', `${jwt}${'x'.repeat(1100)}`);
  assert.equal(await show(), 'You have a new message', 'an older JWT does not stay');
  await app.model.onSignIn('zhang', jwt);
  await app.model.onSignOut();
  assert.equal(device.assets.size, 0, 'neither a key nor the JWT stays');
});

test('the extension falls back when the attachment does not come in time', async (t) => {
  const { backend, device, key } = await registered(t);
  const ref = attach(backend, '"slow"');
  backend.failures.push((_, response) => (response.writeHead(200), true));
  const uptime = performance.now.bind(performance);
  const begun = uptime();
  device.timeFactor = 20;
  const shown = await runExtension(device, JSON.stringify({ data: await seal(key, undefined, { ref }) }));
  assert.equal(shown.text, 'You have a new message');
  assert.ok(uptime() - begun < 3000);
});
