import { type ClusterIdentity, identityFaults } from '@tallyship/shared/contracts/identity';
import { HttpError } from '@tallyship/shared/runtime/http-error';
import type { HttpBindings } from '@tallyship/shared/runtime/http-server';
import type { Logger } from '@tallyship/shared/runtime/logger';
import { reasonOf, type Seldom, seldom } from '@tallyship/shared/runtime/seldom';
import type { Telemetry } from '@tallyship/shared/runtime/telemetry';
import { type Context, Hono } from 'hono';
import { RequestTooLarge } from './decode/limits.ts';
import { MalformedBody } from './decode/wire.ts';
import type { BearerTokens } from './http/bearer.ts';
import { isSnappy, writeVersionOf } from './http/negotiate.ts';
import { type InflightBytes, readBody } from './http/read-body.ts';
import type { WorkQueue } from './http/work-queue.ts';
import type { Ingest } from './ingest.ts';
import type { Answer } from './log/record.ts';
import { LogUnavailable } from './log/segment-log.ts';
import type { CollectorTelemetry } from './telemetry.ts';

export type AppParts = {
  ingest: Pick<Ingest, 'write'>;
  /** Why no more can be taken for now, if so. Awaited ahead of every request; slow while memory is short. */
  obstacle: () => Promise<string | undefined>;
  tokens: BearerTokens;
  inflight: InflightBytes;
  queue: WorkQueue;
  identity: ClusterIdentity;
  maxBodyBytes: number;
  /** Why the collector is not ready; empty when it is. */
  faults: () => string[];
  isStopping: () => boolean;
  telemetry: Telemetry;
  counters: CollectorTelemetry;
  log: Logger;
};

/** `/collector` and `/metrics` are the paths of CloudZero's agents, today's and that of 2024. */
const WRITE_PATHS = ['/api/v1/write', '/collector', '/metrics'];
const RETRY_AFTER_SECONDS = '5';
/** One for all: an overload is no time to take stack traces. */
const OVERLOADED = new HttpError(503, 'more requests than can be worked off; send them slower or add replicas');

/** The collector's routes. Answers and headers: remote write 2.0, docs/protocols.md. */
export function createApp(parts: AppParts): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const putOff = seldom();
  app.use(parts.telemetry.measure);
  app.get('/metrics', parts.telemetry.expose);
  app.get('/livez', (c) => c.text('ok'));
  app.get('/readyz', (c) => {
    const faults = parts.faults();
    return faults.length === 0 ? c.text('ok') : c.text(faults.join('\n'), 503);
  });
  for (const path of WRITE_PATHS) {
    app.post(path, (c) => write(c, parts, putOff));
    app.all(path, (c) => c.text('use POST', 405, { allow: path === '/metrics' ? 'GET, POST' : 'POST' }));
  }
  app.notFound((c) => c.text(`no such path; remote write goes to POST ${WRITE_PATHS[0]}`, 404));
  return app;
}

async function write(c: Context<{ Bindings: HttpBindings }>, parts: AppParts, putOff: Seldom): Promise<Response> {
  let release = () => {};
  try {
    // Senders are no browsers. A page must not be able to write to a collector on the reader's own machine.
    if (c.req.header('origin') !== undefined || c.req.header('sec-fetch-site') !== undefined)
      throw new HttpError(403, 'requests of browsers are refused');
    if (parts.isStopping()) throw new HttpError(503, 'the collector is stopping');
    if (!parts.tokens.accepts(c.req.header('authorization'))) throw new HttpError(401, 'missing or unknown bearer token');
    const version = writeVersionOf(c.req.header('content-type'));
    if (!version) throw new HttpError(415, 'Content-Type is not remote write 1.0 or 2.0');
    if (!isSnappy(c.req.header('content-encoding'))) throw new HttpError(415, 'Content-Encoding is not snappy');
    const identity = identityOf(c, parts.identity);
    if (parts.queue.isFull()) throw OVERLOADED;
    const read = await readBody(c.env?.incoming ?? c.req.raw.body, c.req.header('content-length'), parts.maxBodyBytes, parts.inflight);
    release = read.release;
    const obstacle = await parts.obstacle();
    if (obstacle !== undefined) throw new HttpError(503, obstacle);
    if (parts.queue.isFull()) throw OVERLOADED;
    const { body } = read;
    const { answer, outcome } = await parts.queue.run(body.length, () => parts.ingest.write({ version, identity, body }));
    if (outcome) parts.counters.received(outcome);
    else parts.counters.repeated();
    return answer.status === 204 ? c.body(null, 204, written(answer)) : c.text(answer.text, 400, written(answer));
  } catch (error) {
    return refuse(c, error, parts.log, putOff);
  } finally {
    release();
  }
}

/** The query names the cluster in the words of CloudZero's agents; what it leaves out comes from the settings. */
function identityOf(c: Context, fallback: ClusterIdentity): ClusterIdentity {
  const identity = {
    account: c.req.query('cloud_account_id') || fallback.account,
    region: c.req.query('region') || fallback.region,
    cluster: c.req.query('cluster_name') || fallback.cluster,
  };
  const [fault] = identityFaults(identity);
  if (fault) throw new HttpError(400, fault);
  return identity;
}

/** A sender repeats after 5xx and gives up after 4xx, so only what can never be taken is 4xx; never 429, at which stock Prometheus drops data. */
function refuse(c: Context, error: unknown, log: Logger, putOff: Seldom): Response {
  if (error instanceof MalformedBody) return c.text(error.message, 400, written());
  if (error instanceof RequestTooLarge) return c.text(error.message, 413, written());
  if (error instanceof HttpError && error.status === 401) return c.text(error.message, 401, { 'www-authenticate': 'Bearer' });
  if (error instanceof HttpError && error.status !== 503) return c.text(error.message, error.status, written());
  const isExpected = error instanceof HttpError || error instanceof LogUnavailable;
  const reason = reasonOf(error);
  putOff(reason, (leftOut) => log.warn(isExpected ? { reason, leftOut } : { err: error, leftOut }, 'write requests put off'));
  return c.text(isExpected ? reason : 'internal error', 503, { ...written(), 'retry-after': RETRY_AFTER_SECONDS });
}

/** Always all three: a 2xx without any of them reads as "stores nothing of version 2.0". */
function written(answer?: Answer): Record<string, string> {
  return {
    'x-prometheus-remote-write-samples-written': String(answer?.written ?? 0),
    'x-prometheus-remote-write-histograms-written': String(answer?.histograms ?? 0),
    'x-prometheus-remote-write-exemplars-written': String(answer?.exemplars ?? 0),
  };
}
