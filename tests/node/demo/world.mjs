// The whole product on one machine: the backend's program, the Push Kit double, and a device with the example app.
import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { makeDevice, runExtension, startApp } from '../arkts/app.mjs';
import { until } from './watch.mjs';

const root = path.join(import.meta.dirname, '..', '..', '..');
const PROJECT = '388421841222139';

/** A key file as AppGallery Connect hands it out. */
function serviceAccount() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  return {
    project_id: PROJECT,
    key_id: randomUUID().replaceAll('-', ''),
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    sub_account: '100000001',
    token_uri: 'https://oauth-login.cloud.huawei.com/oauth2/v3/token',
  };
}

/** Starts a program and waits for the line in which it says where it listens. */
export function startProgram(command, args, env, portOf) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => { said += text; });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${path.basename(command)} ended with ${code}: ${said}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      said += `${line}\n`;
      const port = portOf(line);
      if (port !== undefined) resolve({ child, port, log: () => said });
    });
  });
}

const ended = (child) => new Promise((resolve) => {
  if (child.exitCode !== null || child.signalCode !== null) resolve();
  else child.once('exit', resolve);
});

/** Starts everything. `program` is the backend's binary. */
export async function startWorld(program) {
  const folder = mkdtempSync(path.join(tmpdir(), 'pushseal-demo-'));
  const account = serviceAccount();
  const accountFile = path.join(folder, 'service-account.json');
  writeFileSync(accountFile, JSON.stringify(account), { mode: 0o600 });
  const [apiKey, clientSecret, masterKey] = [24, 24, 32].map((bytes) => randomBytes(bytes).toString('base64url'));

  const pushKit = await startProgram(
    process.execPath,
    [path.join(root, 'tests/doubles/push-kit/server.mjs'), '--port', '0', '--key', accountFile, '--client-secret', clientSecret],
    {},
    (line) => JSON.parse(line).port,
  );
  const pushKitUrl = `http://127.0.0.1:${pushKit.port}`;
  const backend = await startProgram(
    program,
    ['serve', '--listen', '127.0.0.1:0', '--database', path.join(folder, 'pushseal.db'), '--region', 'cn', '--service-account', accountFile,
      '--push-url', pushKitUrl, '--open-registration'],
    { PUSHSEAL_API_KEY: apiKey, PUSHSEAL_MASTER_KEY: masterKey },
    (line) => /^listening on .*:(\d+)$/.exec(line)?.[1],
  );
  const backendUrl = `http://127.0.0.1:${backend.port}`;

  writeFileSync(path.join(folder, 'pushseal.json'), JSON.stringify({ baseUrl: backendUrl, region: 'cn' }));
  process.env.PUSHSEAL_DOUBLE_PUSHKIT = pushKitUrl;
  process.env.PUSHSEAL_DOUBLE_RAWFILE = folder;
  return new World({
    folder, account, apiKey, clientSecret, masterKey, program, pushKit, pushKitUrl, backend, backendUrl, device: makeDevice(),
  });
}

class World {
  constructor(parts) {
    Object.assign(this, parts);
    this.app = undefined;
    /** Messages that the handler of any process of the app has had. */
    this.handled = 0;
    this.taken = new Set();
  }

  /** Starts the app, after the system has written the table. */
  async startApp(options) {
    const { pushKit } = this.device;
    pushKit.writeTable = async (device) => {
      this.rowsWritten = await Object.getPrototypeOf(pushKit).writeTable.call(pushKit, device);
    };
    this.app = await startApp(this.device, options);
    this.shown = 0;
    return this.app;
  }

  /** Ends the app's process; when this resolves, Push Kit knows. */
  async endApp() {
    this.app.kill();
    await until('Push Kit to know', async () => !(await this.device.pushKit.inForeground(this.device)));
  }

  /** Waits for the next message that the handler gets. */
  async nextMessage() {
    await this.app.until((model) => model.messages.length > this.shown);
    this.shown += 1;
    this.handled += 1;
    return this.app.model.messages.at(-this.shown);
  }

  /** Waits until the inbox has nothing to do; fails if the handler got a message that nobody expected. */
  async nothingWaits() {
    const count = 'SELECT COUNT(*) FROM pushseal_inbox WHERE state <> 2';
    await until('an inbox without work', () => this.device.databases.get('pushseal.db').select(count, []).rows[0][0] === 0);
    if (this.app.model.messages.length !== this.shown) throw new Error('a message was handled more than once');
  }

  /** What the system does with a message of push-type 2: it starts the extension. Gives what that shows, and how long it took. */
  async runExtension() {
    const message = await this.device.pushKit.takeWaiting(this.device);
    const begin = performance.now();
    const content = await runExtension(this.device, message.data);
    return { content, tookMs: performance.now() - begin };
  }

  /** The devices that the backend knows, as the operator sees them. */
  devices() {
    const list = ['devices', 'list', '--json', '--database', path.join(this.folder, 'pushseal.db')];
    return execFileSync(this.program, list, { encoding: 'utf8' }).trim().split('\n').map((line) => JSON.parse(line));
  }

  /** The id by which messages are addressed to the device. */
  deviceId() {
    return this.devices().find(({ aaid, hasToken }) => aaid === this.device.aaid && hasToken).deviceId;
  }

  /** Asks the backend to seal and send; answers the message's id. */
  async send(message) {
    const response = await fetch(`${this.backendUrl}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.apiKey}` },
      body: JSON.stringify({ to: { devices: [this.deviceId()] }, ...message }),
    });
    const answer = await response.json();
    if (response.status !== 202) throw new Error(`the backend answered ${response.status}: ${JSON.stringify(answer)}`);
    return answer.messageId;
  }

  /** A request of this push-type that reached Push Kit and was not asked for before. */
  async takeDispatch(pushType) {
    const requests = await (await fetch(`${this.pushKitUrl}/control/requests`)).json();
    const found = requests.find(({ number, path, headers }) =>
      path.endsWith('messages:send') && headers['push-type'] === String(pushType) && !this.taken.has(number));
    if (found !== undefined) this.taken.add(found.number);
    return found;
  }

  /** A notification that the system shows and that was not asked for before. */
  async takeNotification() {
    const found = (await this.device.pushKit.notifications(this.device)).find(({ id }) => !this.taken.has(id));
    if (found !== undefined) this.taken.add(found.id);
    return found;
  }

  /** Ends the programs and removes what they wrote. */
  async stop() {
    this.app?.kill();
    for (const { child } of [this.backend, this.pushKit]) {
      child.removeAllListeners('exit');
      child.kill('SIGTERM');
    }
    await Promise.all([this.backend, this.pushKit].map(({ child }) => ended(child)));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
