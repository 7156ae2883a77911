import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { BodySkipper } from './skip-body.ts';
import { followTlsFiles, MIN_VERSION, type TlsFiles, tlsPair } from './tls-files.ts';

export type { HttpBindings };

/** What is served: a Hono app, or anything else that answers a web Request. */
export type HttpApp = { fetch(request: Request, env: HttpBindings): Response | Promise<Response> };

/**
 * Where to listen and what a connection may take. Times in milliseconds.
 * `port` 0 takes any free port; `requestTimeoutMs` bounds a whole request with its body, `headersTimeoutMs` its head.
 */
export type ListenOptions = {
  host: string;
  port: number;
  requestTimeoutMs?: number;
  headersTimeoutMs?: number;
  keepAliveTimeoutMs?: number;
  maxHeaderBytes?: number;
  /** May answer a request itself, whatever its body says, ahead of the app and at a fraction of its cost; says whether it did. */
  ahead?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Serves HTTPS with these files, as they are at any time. */
  tls?: TlsFiles & { onFault(fault: string): void; lookEveryMs?: number };
};

export type HttpListener = {
  url: string;
  port: number;
  /**
   * Stops accepting, lets running requests finish and ends idle keep-alive sockets at once.
   * What still runs after `graceMs` is cut off. Resolves when no socket is left; calling it again waits for the same end.
   */
  close(graceMs?: number): Promise<void>;
};

const DEFAULT_GRACE_MS = 10_000;
const LINGER_MS = 1_000;

/**
 * Serves an app over HTTP/1.1, with TLS or without.
 * @returns when the port is bound
 * @throws Error naming host and port when it cannot be bound, or the TLS files when they cannot be used
 */
export async function listen(app: HttpApp, options: ListenOptions): Promise<HttpListener> {
  const answer = getRequestListener((request, env) => app.fetch(request, env as HttpBindings));
  const onRequest = options.ahead ? answerAhead(options.ahead, answer) : answer;
  const server = options.tls ? createTlsServer(secure(options.tls, options), onRequest) : createServer(limits(options), onRequest);
  await bind(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;

  const unfollow = options.tls && followTlsFiles(server as TlsServer, options.tls, options.tls.onFault, options.tls.lookEveryMs);
  let closed: Promise<void> | undefined;
  // A keep-alive socket whose request ends after close() began would otherwise hold the server open until it idles out.
  server.on('request', (_request, response) => {
    response.once('close', () => closed && setImmediate(() => server.closeIdleConnections()));
  });
  server.on('request', closeWhenUnread);
  return {
    url: `http${options.tls ? 's' : ''}://${host}:${port}`,
    port,
    close: (graceMs = DEFAULT_GRACE_MS) => {
      unfollow?.();
      closed ??= closeServer(server, graceMs);
      return closed;
    },
  };
}

function answerAhead(ahead: NonNullable<ListenOptions['ahead']>, answer: RequestListener): RequestListener {
  const bodies = new BodySkipper();
  return (request, response) => {
    bodies.keep(request);
    if (ahead(request, response)) bodies.skip(request);
    else answer(request, response);
  };
}

function secure(files: TlsFiles, options: ListenOptions) {
  const serverLimits = limits(options);
  // A handshake is part of a head that may never end.
  const handshake = { minVersion: MIN_VERSION, handshakeTimeout: serverLimits.headersTimeout } as const;
  return { ...serverLimits, ...handshake, ...tlsPair(files) };
}

function limits(options: ListenOptions) {
  const requestTimeout = options.requestTimeoutMs ?? 60_000;
  const headersTimeout = options.headersTimeoutMs ?? Math.min(20_000, requestTimeout);
  return {
    headersTimeout,
    requestTimeout,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 65_000,
    maxHeaderSize: options.maxHeaderBytes ?? 16_384,
    // Node looks for overdue requests only this often; its default of 30 s would make short limits meaningless.
    connectionsCheckingInterval: Math.min(5_000, headersTimeout),
  };
}

function bind(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error) => reject(new Error(`listen on ${host}:${port}: ${cause.message}`, { cause }));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

/**
 * A request that was answered before its body had come whole leaves a connection that nobody reads from. The client gets a moment to
 * take the answer; then the connection goes, else it would stay until the request's time is over.
 */
function closeWhenUnread(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  response.once('finish', () => {
    if (request.complete) return;
    const timer = setTimeout(() => !request.complete && socket.destroy(), LINGER_MS).unref();
    // Else every request of an overload would be kept for as long.
    request.once('end', () => clearTimeout(timer));
  });
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cutOff);
      resolve();
    });
    server.closeIdleConnections();
  });
}
