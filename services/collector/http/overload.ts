import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpError } from '@tallyship/shared/runtime/http-error';
import type { Telemetry } from '@tallyship/shared/runtime/telemetry';
import { checkHead, type HeadParts } from './head.ts';
import type { Refusals } from './refusals.ts';
import type { WorkQueue } from './work-queue.ts';

export type OverloadParts = HeadParts & {
  queue: Pick<WorkQueue, 'isFull'>;
  refusals: Refusals;
  telemetry: Pick<Telemetry, 'observe'>;
};

/** One for all: an overload is no time to take stack traces. */
export const OVERLOADED = new HttpError(503, 'more requests than can be worked off; send them slower or add replicas');

/**
 * Puts off writes while there are too many, ahead of the app that would say the same: what is refused ten times as often as anything is taken
 * must cost next to nothing. All others, and those that would be refused for good, are left to the app.
 * @param paths of writes, as senders spell them; others are left to the app
 * @returns whether a request was answered
 */
export function putOffOverload(
  { queue, refusals, telemetry, ...head }: OverloadParts,
  paths: readonly string[],
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const observers = new Map(paths.map((route) => [route, telemetry.observe({ method: 'POST', route, status_code: 503 })]));
  return (request, response) => {
    const observe = request.method === 'POST' && observers.get(pathOf(request.url ?? ''));
    if (!observe || !queue.isFull()) return false;
    const startedMs = performance.now();
    try {
      checkHead((name) => request.headers[name] as string | undefined, head);
    } catch {
      return false;
    }
    const { status, text, headers } = refusals.of(OVERLOADED);
    // The length is given: without one the answer would be sent in chunks.
    response.writeHead(status, { 'content-type': 'text/plain; charset=UTF-8', ...headers, 'content-length': Buffer.byteLength(text) });
    response.end(text);
    observe((performance.now() - startedMs) / 1000);
    return true;
  };
}

function pathOf(url: string): string {
  const queryAt = url.indexOf('?');
  return queryAt < 0 ? url : url.slice(0, queryAt);
}
