import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ApiCall = { path: string; query: URLSearchParams; headers: IncomingMessage['headers']; body: string; referenceIds: string[] };
export type StoredObject = { bytes: Buffer; puts: number };
/** Takes over a request ahead of its body. `proceed` gives the usual answer. */
export type Fault = (request: IncomingMessage, response: ServerResponse, proceed: () => Promise<void>) => void | Promise<void>;
type Script = { fault: Fault; times: number };

/** What every URL and answer carries so that a test can look for it where it must not be. */
export const PLANTED_SIGNATURE = 'f00dfeedf00dfeedplantedsignature';
export const PLANTED_KEY = 'planted-api-key-7261746a';

/**
 * CloudZero's API and the storage behind it, in one server that does what a script tells it. Without a script it is well-behaved: it gives a
 * URL for every id, takes every PUT whole, answers with the MD5 as ETag. Objects are named `account/region/cluster/reference id`.
 */
export class ScriptedCloudZero {
  readonly calls: ApiCall[] = [];
  readonly objects = new Map<string, StoredObject>();
  /** Keys that are taken, raw or as Bearer. */
  keys = new Set([PLANTED_KEY]);
  /** Seconds that upload URLs hold by their own words. */
  lifeSeconds = 3600;
  /** Put into the header of the next upload answer. */
  replay: { ref_id: string; url: string }[] = [];
  /** Faults that were carried out. */
  fired = 0;
  /** Uploads under way. */
  putting = 0;
  mostPutting = 0;
  readonly #api: Script[] = [];
  readonly #storage: Script[] = [];
  readonly #server = createServer({ requestTimeout: 0 }, (request, response) => void this.#serve(request, response));
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  listen(port = 0): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** The next `times` calls of the API go wrong in this way. */
  failApi(fault: Fault, times = 1): void {
    this.#api.push({ fault, times });
  }

  failStorage(fault: Fault, times = 1): void {
    this.#storage.push({ fault, times });
  }

  /** An upload answer that is made from the usual one; undefined refuses the call with 400. */
  answering(make: (urls: Record<string, string>) => unknown): Fault {
    return async (request, response) => {
      const body = JSON.parse((await read(request)).toString('utf8')) as { files: { reference_id: string }[] };
      const { searchParams } = new URL(request.url ?? '/', this.url);
      const urls = Object.fromEntries(body.files.map(({ reference_id: id }) => [id, this.uploadUrl(clusterOf(searchParams), id)]));
      const answer = make(urls);
      response.writeHead(answer === undefined ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
    };
  }

  /** Ends every fault that is still to come. */
  heal(): void {
    this.#api.length = 0;
    this.#storage.length = 0;
  }

  uploadUrl(cluster: string, referenceId: string): string {
    const query = new URLSearchParams({ 'X-Amz-Expires': String(this.lifeSeconds), 'X-Amz-Signature': PLANTED_SIGNATURE });
    return `${this.url}/bucket/${cluster}/${referenceId}?${query}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => undefined);
    const isPut = request.method === 'PUT';
    if (isPut) this.#countPut(response);
    const [script] = isPut ? this.#storage : this.#api;
    const proceed = () => (isPut ? this.#put(request, response) : this.#call(request, response));
    try {
      if (!script) return await proceed();
      script.times -= 1;
      if (script.times <= 0) (isPut ? this.#storage : this.#api).shift();
      this.fired += 1;
      await script.fault(request, response, proceed);
    } catch {
      response.destroy();
    }
  }

  async #call(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const body = (await read(request)).toString('utf8');
    const files = body === '' ? [] : (JSON.parse(body) as { files?: { reference_id: string }[] }).files;
    const call = {
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
      referenceIds: (files ?? []).map((f) => f.reference_id),
    };
    this.calls.push(call);
    const key = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    const json = (status: number, value: unknown, headers = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    if (key === '') return void json(401, { message: 'Unauthorized' });
    if (!this.keys.has(key)) return void json(403, { message: 'User is not authorized to access this resource' });
    if (!url.pathname.endsWith('/upload')) return void json(200, {});
    const cluster = clusterOf(url.searchParams);
    if (body === '') {
      const count = Number(url.searchParams.get('count'));
      return void json(200, {
        urls: Array.from({ length: count }, (_, n) => this.uploadUrl(cluster, `unnamed-${this.calls.length}-${n}`)),
      });
    }
    const replay = this.replay.splice(0);
    json(
      200,
      Object.fromEntries(call.referenceIds.map((id) => [id, this.uploadUrl(cluster, id)])),
      replay.length > 0 ? { 'X-CloudZero-Replay': JSON.stringify(replay) } : {},
    );
  }

  async #put(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await read(request);
    if (bytes.length !== Number(request.headers['content-length'])) return void response.writeHead(400).end();
    const name = decodeURIComponent(new URL(request.url ?? '/', this.url).pathname).replace('/bucket/', '');
    this.objects.set(name, { bytes, puts: (this.objects.get(name)?.puts ?? 0) + 1 });
    response.writeHead(200, { etag: `"${createHash('md5').update(bytes).digest('hex')}"` }).end();
  }

  #countPut(response: ServerResponse): void {
    this.putting += 1;
    this.mostPutting = Math.max(this.putting, this.mostPutting);
    response.once('close', () => {
      this.putting -= 1;
    });
  }
}

/** Faults of a server, by what a client sees. */
export const faults = {
  status:
    (status: number, headers: Record<string, string> = {}, body = ''): Fault =>
    async (request, response) => {
      await read(request);
      response.writeHead(status, headers).end(body);
    },
  /** Answers before the body is there. */
  earlyStatus:
    (status: number, body = ''): Fault =>
    (_, response) =>
      void response.writeHead(status, { connection: 'close' }).end(body),
  expired: (): Fault =>
    faults.status(
      403,
      { 'content-type': 'application/xml' },
      `<Error><Code>AccessDenied</Code><Message>Request has expired</Message><StringToSign>${PLANTED_SIGNATURE}</StringToSign></Error>`,
    ),
  /** Takes everything and never says a word. */
  silence: (): Fault => (request) => void request.resume(),
  /** Stops reading, with the connection open. */
  halfOpen: (): Fault => (request) => void request.pause(),
  reset:
    (afterBytes = 0): Fault =>
    (request) => {
      let bytes = 0;
      if (afterBytes === 0) request.socket.resetAndDestroy();
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes >= afterBytes) request.socket.resetAndDestroy();
      });
    },
  truncatedAnswer: (): Fault => async (request, response) => {
    await read(request);
    response.writeHead(200, { 'content-length': '1000' }).write('{"metr');
    setTimeout(() => response.destroy(), 20);
  },
  endlessAnswer: (): Fault => async (request, response) => {
    await read(request);
    response.writeHead(200);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const more = () => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  },
  answer: (text: string): Fault => faults.status(200, { 'content-type': 'application/json' }, text),
  slow:
    (ms: number): Fault =>
    async (_, __, proceed) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      await proceed();
    },
};

const clusterOf = (query: URLSearchParams) => ['cloud_account_id', 'region', 'cluster_name'].map((name) => query.get(name)).join('/');

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
