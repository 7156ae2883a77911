import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONTENT_TYPES } from '../support/load-requests.ts';

/** `status` 0: the connection broke before an answer came. */
export type PacedAnswer = { status: number; retryAfter: string | undefined };

export type PacedLoad<Request extends { version: 1 | 2; body: Buffer }> = {
  port: number;
  senders: number;
  /** Of all senders together. */
  perSecond: number;
  seconds: number;
  next: () => Request;
  onAnswer: (request: Request, answer: PacedAnswer, ms: number) => void;
};

/**
 * Many senders that are told to come again and take no notice: each sends its next request when its time has come, or right after the answer where that was
 * late. Bare sockets: Node's client would take more of a processor than the receiver that is to be overloaded.
 * @returns requests sent, and the seconds that it took
 */
export async function sendPaced<Request extends { version: 1 | 2; body: Buffer }>(
  load: PacedLoad<Request>,
): Promise<{ sent: number; seconds: number }> {
  const { port, senders, perSecond, seconds, next, onAnswer } = load;
  const everyMs = (senders / perSecond) * 1000;
  const connections: Connection[] = [];
  for (let at = 0; at < senders; at++) connections.push(await Connection.open(port));
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  let sent = 0;
  const sendAll = async (at: number) => {
    let connection = connections[at] as Connection;
    for (let dueMs = startedMs + (at / senders) * everyMs; dueMs < endMs; dueMs = Math.max(dueMs + everyMs, performance.now())) {
      const earlyMs = dueMs - performance.now();
      if (earlyMs > 0) await sleep(earlyMs);
      const request = next();
      const sentMs = performance.now();
      const answer = await connection.post(request.version, request.body);
      sent++;
      onAnswer(request, answer, performance.now() - sentMs);
      if (answer.status === 0) connection = new Connection(port);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: senders }, (_, at) => sendAll(at)));
  return { sent, seconds: (performance.now() - startedMs) / 1000 };
}

/** One request at a time over a connection that is kept. */
class Connection {
  readonly #socket: Socket;
  #said = '';
  #settle: (answer: PacedAnswer) => void = () => {};

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding('latin1').on('data', (text: string) => {
      this.#said += text;
      const answer = answerOf(this.#said);
      if (answer) this.#settle(answer);
    });
    this.#socket.on('error', () => {}).on('close', () => this.#settle({ status: 0, retryAfter: undefined }));
  }

  /** A connection that the server has accepted: it takes one in a turn of its event loop, and a Prometheus keeps its own. */
  static async open(port: number): Promise<Connection> {
    const connection = new Connection(port);
    await connection.#ask('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return connection;
  }

  post(version: 1 | 2, body: Buffer): Promise<PacedAnswer> {
    const head = `POST /api/v1/write HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${CONTENT_TYPES[version]}\r\nContent-Encoding: snappy\r\n`;
    return this.#ask(`${head}Content-Length: ${body.length}\r\n\r\n`, body);
  }

  #ask(head: string, body?: Buffer): Promise<PacedAnswer> {
    this.#said = '';
    const answered = new Promise<PacedAnswer>((resolve) => {
      this.#settle = resolve;
    });
    if (this.#socket.destroyed) this.#settle({ status: 0, retryAfter: undefined });
    this.#socket.cork();
    this.#socket.write(head);
    if (body) this.#socket.write(body);
    this.#socket.uncork();
    return answered;
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** @returns undefined while it has not come whole */
function answerOf(said: string): PacedAnswer | undefined {
  const headEnd = said.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = said.slice(0, headEnd).toLowerCase();
  const isWhole = fieldOf(head, 'transfer-encoding')
    ? said.endsWith('0\r\n\r\n')
    : said.length >= headEnd + 4 + Number(fieldOf(head, 'content-length') ?? 0);
  return isWhole ? { status: Number(head.slice(9, 12)), retryAfter: fieldOf(head, 'retry-after') } : undefined;
}

function fieldOf(head: string, name: string): string | undefined {
  const at = head.indexOf(`\r\n${name}:`);
  if (at < 0) return undefined;
  const end = head.indexOf('\r\n', at + 2);
  return head.slice(at + name.length + 3, end < 0 ? head.length : end).trim();
}
