// Network Kit's `http` ("@ohos.net.http") over real sockets. Imitated: error codes are libcurl's plus 2300000; any HTTP
// status resolves; `requestInStream` hands the body over in `dataReceive` and resolves with the status at its end;
// a destroyed request rejects.
import { KitError, currentProcess } from './device.mjs';

const app = currentProcess();

const RequestMethod = { GET: 'GET', PUT: 'PUT', POST: 'POST', DELETE: 'DELETE' };
const HttpDataType = { STRING: 0, OBJECT: 1, ARRAY_BUFFER: 2 };
const ResponseCode = {
  OK: 200, CREATED: 201, NO_CONTENT: 204, PARTIAL: 206, UNAUTHORIZED: 401, FORBIDDEN: 403, NOT_FOUND: 404,
};

class HttpRequest {
  constructor() {
    this.abort = new AbortController();
    this.listeners = new Map();
    this.connection = { close: () => this.abort.abort() };
    app.connections.add(this.connection);
  }

  async request(url, options = {}) {
    const { response, body } = await this.#exchange('http.request', url, options, async (response) => response.text());
    return {
      result: body,
      resultType: HttpDataType.STRING,
      responseCode: response.status,
      header: Object.fromEntries(response.headers),
      cookies: '',
    };
  }

  async requestInStream(url, options = {}) {
    const { response } = await this.#exchange('http.requestInStream', url, options, async (response) => {
      for await (const chunk of response.body) {
        app.enter('http dataReceive');
        app.streamed += chunk.byteLength;
        this.listeners.get('dataReceive')?.(chunk.buffer.slice(chunk.byteOffset, chunk.byteOffset + chunk.byteLength));
      }
      this.listeners.get('dataEnd')?.();
    });
    return response.status;
  }

  on(event, callback) {
    this.listeners.set(event, callback);
  }

  off(event) {
    this.listeners.delete(event);
  }

  destroy() {
    this.abort.abort();
    app.connections.delete(this.connection);
  }

  async #exchange(call, url, options, read) {
    await app.enterAsync(call);
    const timeout = Math.max(1, options.readTimeout ?? 60000) / app.device.timeFactor;
    const timer = setTimeout(() => this.abort.abort(new KitError(2300028, 'operation timeout')), timeout);
    try {
      const response = await fetch(url, {
        method: options.method ?? 'GET',
        headers: options.header,
        body: options.extraData || undefined,
        signal: this.abort.signal,
      });
      const body = await read(response);
      await app.enterAsync(`${call} done`);
      return { response, body };
    } catch (error) {
      if (!app.alive) await new Promise(() => {});
      throw kitError(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function kitError(error) {
  if (error instanceof KitError) return error;
  const cause = error.cause?.code ?? error.name;
  if (error instanceof TypeError && /parse URL/.test(error.message)) return new KitError(2300003, 'URL using bad format or missing URL');
  if (cause === 'ECONNREFUSED') return new KitError(2300007, 'failed to connect to the server');
  if (cause === 'ENOTFOUND' || cause === 'EAI_AGAIN') return new KitError(2300006, 'failed to resolve the host name');
  if (cause === 'AbortError') return new KitError(2300023, 'failed to write the received data to the application');
  return new KitError(2300056, 'failed to receive data from the peer');
}

export const http = { RequestMethod, HttpDataType, ResponseCode, createHttp: () => new HttpRequest() };
