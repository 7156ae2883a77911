import { UPLOAD_BASE_PATH, UPLOAD_HEADERS } from '@tallyship/shared/contracts/upload-wire';
import type { HttpBindings } from '@tallyship/shared/runtime/http-server';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { AppParts } from './app-parts.ts';
import { authorize, authorizeCluster } from './authorize.ts';
import { badRequest } from './http/bad-request.ts';
import { readBody } from './http/read-body.ts';
import { answerUpload, answerUpload2024 } from './upload/answer-upload.ts';
import { readJson, readUploadBody } from './upload/upload-body.ts';
import { checkShipperId, readShipperQuery, readUploadQuery, type UploadQuery } from './upload/upload-query.ts';

type Env = { Bindings: HttpBindings };

const DEFAULT_URL_LIFE_S = 3600;
const abandonBody = z
  .array(z.object({ reference_id: z.string().min(1).max(400), reason: z.string().max(4000).default('') }))
  .max(1000, 'holds more than 1000 files');

/** What a shipper calls: CloudZero's protocol, docs/protocols.md. */
export function shipperRoutes(parts: AppParts): Hono<Env> {
  const calls = { upload, abandon, status };
  const app = new Hono<Env>();
  for (const [name, call] of Object.entries(calls)) {
    app.post(`${UPLOAD_BASE_PATH}/${name}`, (c) => call(c, parts));
    app.all(`${UPLOAD_BASE_PATH}/${name}`, (c) => c.json({ message: 'use POST' }, 405, { allow: 'POST' }));
  }
  app.get('/v2/insights', (c) => {
    authorize(c.req.header('authorization'), parts);
    return c.json({ insights: [] });
  });
  return app;
}

async function upload(c: Context<Env>, parts: AppParts): Promise<Response> {
  const key = authorize(c.req.header('authorization'), parts);
  const query = readUploadQuery((name) => c.req.query(name), c.req.header(UPLOAD_HEADERS.shipperId));
  authorizeCluster(key, query.identity);
  const expiresS = Math.min(query.expiresS ?? DEFAULT_URL_LIFE_S, parts.maxUrlLifeS);
  const body = await bodyOf(c, parts);
  const open = (urls: number) => parts.limits.takeUrls(key.name, urls, expiresS, parts.now());
  if (body.length === 0) {
    open(query.count ?? 0);
    const answer = await answerUpload2024(parts.store, query, expiresS, { nowMs: parts.now(), unique: parts.unique });
    parts.counters.urls('2024', 0, answer.urls.length);
    return c.json(answer);
  }
  const { files, shipperId: named } = readUploadBody(body);
  const asked = { ...query, shipperId: query.shipperId ?? checkShipperId(named || undefined) };
  open(files.length);
  const answer = await answerUpload(parts.store, files, asked, expiresS);
  const bound = files.filter(({ sha_256 }) => sha_256 !== undefined).length;
  parts.counters.urls('current', bound, files.length - bound);
  const replay = await replayHeader(asked, expiresS, parts);
  return c.json(answer, 200, replay === undefined ? {} : { [UPLOAD_HEADERS.replay]: replay });
}

/** Replays come along with an answer and never keep it back: what cannot be looked up now is offered next time. */
async function replayHeader({ identity, shipperId }: UploadQuery, expiresS: number, parts: AppParts): Promise<string | undefined> {
  try {
    return await parts.replays.headerFor(identity, shipperId, (key) => parts.store.presignPut(key, { expiresS }));
  } catch (error) {
    parts.counters.storeFailed();
    parts.log.warn({ err: error, ...identity }, 'replay orders cannot be read');
    return undefined;
  }
}

async function abandon(c: Context<Env>, parts: AppParts): Promise<Response> {
  const key = authorize(c.req.header('authorization'), parts);
  const { identity, shipperId } = readShipperQuery((name) => c.req.query(name), c.req.header(UPLOAD_HEADERS.shipperId));
  if (shipperId === undefined) throw badRequest('shipper_id is missing from the query');
  authorizeCluster(key, identity);
  const files = readJson(abandonBody, await bodyOf(c, parts));
  for (const { reference_id, reason } of files.slice(0, 20)) {
    parts.log.warn({ key: key.name, ...identity, shipperId, referenceId: reference_id, reason: reason.slice(0, 200) }, 'file abandoned');
  }
  parts.counters.abandoned(files.length);
  await parts.replays.abandon(identity, shipperId, files);
  return c.json({});
}

/** CloudZero's validator reports versions and checks here. They are of no use to the lake: read, bounded and counted. */
async function status(c: Context<Env>, parts: AppParts): Promise<Response> {
  authorize(c.req.header('authorization'), parts);
  await bodyOf(c, parts);
  parts.counters.statusReported();
  return c.json({});
}

function bodyOf(c: Context<Env>, { maxBodyBytes }: AppParts): Promise<Buffer> {
  return readBody(c.env?.incoming ?? c.req.raw.body, c.req.header('content-length'), maxBodyBytes);
}
