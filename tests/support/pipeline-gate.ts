import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleep } from './child.ts';

/**
 * A slow network in front of an object store, through which uploads and the upload API's own calls go. It knows what is under way, so
 * that a kill can be aimed and its aim be checked. An upload whose sender is gone arrives by half.
 */
export class StoreGate {
  /** Keys whose upload was begun and not answered. */
  readonly uploads = new Set<string>();
  /** Calls of the upload API that are not answered. */
  calls = 0;
  /** Keys that were uploaded, with the time at which their sender was last told so. */
  readonly answered = new Map<string, number>();
  /** Called at the begin of an upload and after its answer has left, and at the begin of the API's own calls. */
  onEvent: (event: 'upload' | 'answer' | 'call', key: string) => void = () => {};
  readonly #store: URL;
  readonly #random: () => number;
  readonly #server = createServer((from, to) => void this.#pass(from, to).catch(() => to.destroy()));

  /** @param random numbers in [0, 1) */
  constructor(storeUrl: string, random: () => number) {
    this.#store = new URL(storeUrl);
    this.#random = random;
  }

  /** @returns its address */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #pass(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const isUpload = from.method === 'PUT' && /[?&]X-Amz-Signature=/i.test(from.url ?? '');
    const key = decodeURIComponent((from.url ?? '').split('?')[0]?.replace(/^\/[^/]+\//, '') ?? '');
    if (isUpload) this.uploads.add(key);
    else this.calls++;
    try {
      this.onEvent(isUpload ? 'upload' : 'call', key);
      const body = await bytesOf(from);
      await sleep(isUpload ? 2 + 25 * this.#random() : 6 * this.#random());
      const answer = await this.#forward(from, body, to.destroyed);
      to.writeHead(answer.status, answer.headers);
      await new Promise<void>((resolve) => to.once('close', resolve).end(answer.body, resolve));
      if (isUpload && answer.status === 200) this.answered.set(key, Date.now());
    } finally {
      if (isUpload) this.uploads.delete(key);
      else this.calls--;
    }
    if (isUpload) this.onEvent('answer', key);
  }

  /** The headers as they came: the signature covers some of them. */
  #forward(from: IncomingMessage, body: Buffer, isCut: boolean): Promise<{ status: number; headers: string[]; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#store;
      const out = request(
        { hostname, port, method: from.method, path: from.url, headers: from.rawHeaders, agent: false },
        async (answer) => {
          resolve({ status: answer.statusCode as number, headers: answer.rawHeaders, body: await bytesOf(answer) });
        },
      );
      out.once('error', reject);
      if (!isCut) out.end(body);
      else out.write(body.subarray(0, body.length / 2), () => out.destroy(new Error('the sender is gone')));
    });
  }
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
