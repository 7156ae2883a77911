import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';

export type RawAnswer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/** A request exactly as given: no header but Host is added, the path is not tidied up, the length is not mended. */
export function rawRequest(url: string, options: { method: string; headers?: OutgoingHttpHeaders; body?: Uint8Array }): Promise<RawAnswer> {
  const { hostname, port, origin } = new URL(url);
  const { method, headers = {}, body } = options;
  const path = url.slice(origin.length);
  return new Promise((resolve, reject) => {
    const sending = request({ hostname, port, path, method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

/** Sends the head of a PUT and part of its body, then breaks off. Resolves when the bytes have left and the connection is gone. */
export function brokenPut(url: string, headers: Record<string, string | number>, part: Uint8Array): Promise<void> {
  const { hostname, port, host, origin } = new URL(url);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.write(`PUT ${url.slice(origin.length)} HTTP/1.1\r\n${lines.join('')}\r\n`);
    socket.write(part, () => setTimeout(() => socket.resetAndDestroy(), 200));
  });
}
