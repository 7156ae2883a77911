import { type ClusterIdentity, identityFaults } from '@tallyship/shared/contracts/identity';
import { HttpError } from '@tallyship/shared/runtime/http-error';
import type { HttpBindings } from '@tallyship/shared/runtime/http-server';
import type { Telemetry } from '@tallyship/shared/runtime/telemetry';
import { type Context, Hono } from 'hono';
import type { BearerTokens } from './http/bearer.ts';
import { checkHead } from './http/head.ts';
import { OVERLOADED } from './http/overload.ts';
import { type InflightBytes, readBody } from './http/read-body.ts';
import { type Refusals, written } from './http/refusals.ts';
import type { WorkQueue } from './http/work-queue.ts';
import type { Ingest } from './ingest.ts';
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
  refusals: Refusals;
};

/** `/collector` and `/metrics` are the paths of CloudZero's agents, today's and that of 2024. */
export const WRITE_PATHS = ['/api/v1/write', '/collector', '/metrics'];

/** The collector's routes. Answers and headers: remote write 2.0, docs/protocols.md. */
export function createApp(parts: AppParts): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(parts.telemetry.measure);
  app.get('/metrics', parts.telemetry.expose);
  app.get('/livez', (c) => c.text('ok'));
  app.get('/readyz', (c) => {
    const faults = parts.faults();
    return faults.length === 0 ? c.text('ok') : c.text(faults.join('\n'), 503);
  });
  for (const path of WRITE_PATHS) {
    app.post(path, (c) => write(c, parts));
    app.all(path, (c) => c.text('use POST', 405, { allow: path === '/metrics' ? 'GET, POST' : 'POST' }));
  }
  app.notFound((c) => c.text(`no such path; remote write goes to POST ${WRITE_PATHS[0]}`, 404));
  return app;
}

async function write(c: Context<{ Bindings: HttpBindings }>, parts: AppParts): Promise<Response> {
  let release = () => {};
  try {
    const version = checkHead((name) => c.req.header(name), parts);
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
    const { status, text, headers } = parts.refusals.of(error);
    return c.text(text, status, headers);
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
