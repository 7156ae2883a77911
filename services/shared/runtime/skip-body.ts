import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Node's HTTP parser calls what it holds under such a number; for a piece of a body that nobody is called for it makes no copy either. */
type Parser = { [slot: number]: unknown; constructor: { kOnBody?: unknown } };
type Skip = { parser: Parser; slot: number; onBody: unknown };

/**
 * Lets bodies pass that nobody wants. Node has no way to say so: it copies each piece of a body into memory of its own, which then has to be collected. For
 * 60 KB that is a third of what a refusal costs. The parser's slot is none of Node's documented parts: where there is none, bodies are copied as ever.
 */
export class BodySkipper {
  readonly #skips = new WeakMap<Socket, Skip>();

  /** Drops what is still to come of the body of a request that has its answer. */
  skip({ socket }: IncomingMessage): void {
    const skip = this.#skips.get(socket) ?? this.#attach(socket);
    if (skip) skip.parser[skip.slot] = undefined;
  }

  /** To be called at the head of each request: a connection's parser is the same for all of them. */
  keep({ socket }: IncomingMessage): void {
    const skip = this.#skips.get(socket);
    if (skip) skip.parser[skip.slot] = skip.onBody;
  }

  #attach(socket: Socket): Skip | undefined {
    const { parser } = socket as Socket & { parser?: Parser | null };
    const slot = parser?.constructor.kOnBody;
    if (!parser || typeof slot !== 'number' || typeof parser[slot] !== 'function') return undefined;
    const skip = { parser, slot, onBody: parser[slot] };
    this.#skips.set(socket, skip);
    // Ahead of Node, which keeps the parser for the next connection, of a client too.
    socket.prependListener('close', () => {
      parser[slot] = skip.onBody;
    });
    return skip;
  }
}
