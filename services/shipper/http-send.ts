import { createReadStream } from 'node:fs';
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { placeOf } from './presigned-url.ts';
import { faultOf, ShipFault } from './ship-fault.ts';

export type Outgoing = {
  method: 'POST' | 'PUT';
  url: URL;
  headers: Record<string, string>;
  /** A text, or a file of exactly `bytes` bytes that is streamed. */
  body: string | { path: string; bytes: number };
};
export type Incoming = { status: number; headers: IncomingMessage['headers']; text: string };

export type SendLimits = {
  /** Longest time in which nothing moves on the connection. */
  idleTimeoutMs: number;
  /** Longest time of the whole exchange. */
  deadlineMs: number;
  maxAnswerBytes: number;
};

/** A replay header holds several signed URLs; Node's own limit of 16 KiB for all headers would refuse it. */
const MAX_HEADER_BYTES = 64 * 1024;

/** Sends requests over kept connections. Sets no header but the given ones, Host, Connection and Content-Length; follows no redirect. */
export class HttpSender {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  constructor(maxSockets: number) {
    const options = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets, timeout: 30_000 };
    this.#http = new HttpAgent(options);
    this.#https = new HttpsAgent(options);
  }

  /**
   * @throws ShipFault `timeout` or `transport` when there is no whole answer, `bad_answer` when it is too long,
   * `vanished`, `disk` or `corrupted` when the file cannot be read or is shorter than said
   */
  async send(outgoing: Outgoing, limits: SendLimits, signal: AbortSignal): Promise<Incoming> {
    const place = placeOf(outgoing.url);
    const { body } = outgoing;
    const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.bytes;
    const options = {
      method: outgoing.method,
      headers: { ...outgoing.headers, 'Content-Length': bytes },
      maxHeaderSize: MAX_HEADER_BYTES,
      timeout: limits.idleTimeoutMs,
      signal,
    };
    const isTls = outgoing.url.protocol === 'https:';
    const request = isTls
      ? requestHttps(outgoing.url, { ...options, agent: this.#https })
      : requestHttp(outgoing.url, { ...options, agent: this.#http });
    const overdue = setTimeout(() => {
      request.destroy(new ShipFault('timeout', `${place}: not done after ${limits.deadlineMs} ms`));
    }, limits.deadlineMs);
    request.once('timeout', () => request.destroy(new ShipFault('timeout', `${place}: nothing moved for ${limits.idleTimeoutMs} ms`)));
    let isReusable = false;
    try {
      const answered = answerOf(request, place, limits.maxAnswerBytes);
      const sent = typeof body === 'string' ? Promise.resolve(request.end(body)) : sendFile(request, body);
      // An answer may come before the body is through: it is the answer, and the rest of the body goes nowhere.
      const answer = await Promise.race([answered, sent.then(() => answered)]);
      isReusable = request.writableFinished;
      return answer;
    } catch (error) {
      throw transportFault(error, place, signal);
    } finally {
      clearTimeout(overdue);
      // A connection on which something is still under way cannot serve another request.
      if (!isReusable) request.destroy();
    }
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

function answerOf(request: ClientRequest, place: string, maxBytes: number): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.once('response', async (response) => {
      try {
        const chunks: Buffer[] = [];
        let bytes = 0;
        for await (const chunk of response as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          if (bytes > maxBytes) throw new ShipFault('bad_answer', `${place}: the answer is longer than ${maxBytes} bytes`);
          chunks.push(chunk);
        }
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') });
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}

/** Rejects for a fault of the file only; a fault of the connection is told by the request itself. */
async function sendFile(request: ClientRequest, { path, bytes }: { path: string; bytes: number }): Promise<void> {
  if (bytes === 0) {
    request.end();
    return;
  }
  const file = createReadStream(path, { end: bytes - 1, highWaterMark: 256 * 1024 });
  let fault: ShipFault | undefined;
  file.once('error', (error) => {
    fault = faultOf(error);
  });
  await pipeline(
    file,
    async function* (chunks: AsyncIterable<Buffer>) {
      let sent = 0;
      for await (const chunk of chunks) {
        sent += chunk.length;
        yield chunk;
      }
      if (sent < bytes) fault = new ShipFault('corrupted', `${path} has ${sent} bytes, ${bytes} were declared`);
      if (fault) throw fault;
    },
    request,
  ).catch(() => {
    if (fault) throw fault;
  });
}

function transportFault(error: unknown, place: string, signal: AbortSignal): ShipFault {
  if (error instanceof ShipFault) return error;
  if (signal.aborted) return new ShipFault('transport', `${place}: cut off, the shipper stops`);
  const { code, message } = error as NodeJS.ErrnoException;
  return new ShipFault('transport', `${place}: ${code ?? message}`, { cause: error });
}
