import { identityFaults } from '@tallyship/shared/contracts/identity';
import type { HttpBindings } from '@tallyship/shared/runtime/http-server';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { AppParts } from './app-parts.ts';
import { authorize, authorizeCluster } from './authorize.ts';
import { checkCompleteness } from './completeness/check-completeness.ts';
import { readCompletenessQuery } from './completeness/completeness-query.ts';
import { badRequest } from './http/bad-request.ts';
import { readBody } from './http/read-body.ts';
import { isCloudZeroId, objectKey } from './upload/object-key.ts';
import { readJson } from './upload/upload-body.ts';
import { checkShipperId } from './upload/upload-query.ts';

type Env = { Bindings: HttpBindings };

const replayBody = z.strictObject({
  account: z.string(),
  region: z.string(),
  cluster: z.string(),
  shipperId: z.string().optional(),
  referenceIds: z.array(z.string().max(400)).min(1, 'is empty').max(1000, 'holds more than 1000 ids'),
});

/** What the owner of the lake calls: what is missing, and send it again. */
export function ownerRoutes(parts: AppParts): Hono<Env> {
  return new Hono<Env>()
    .get('/v1/completeness', (c) => completeness(c, parts))
    .all('/v1/completeness', (c) => c.json({ message: 'use GET' }, 405, { allow: 'GET' }))
    .post('/v1/replay', (c) => replay(c, parts))
    .all('/v1/replay', (c) => c.json({ message: 'use POST' }, 405, { allow: 'POST' }));
}

async function completeness(c: Context<Env>, parts: AppParts): Promise<Response> {
  const key = authorize(c.req.header('authorization'), parts);
  const { identity, range } = readCompletenessQuery((name) => c.req.query(name));
  authorizeCluster(key, identity);
  return c.json(await checkCompleteness(parts.store, identity, range, parts.now()));
}

async function replay(c: Context<Env>, parts: AppParts): Promise<Response> {
  const key = authorize(c.req.header('authorization'), parts);
  const body = await readBody(c.env?.incoming ?? c.req.raw.body, c.req.header('content-length'), parts.maxBodyBytes);
  const { shipperId: named, referenceIds, ...identity } = readJson(replayBody, body);
  const [fault] = identityFaults(identity);
  if (fault) throw badRequest(fault);
  authorizeCluster(key, identity);
  const shipperId = checkShipperId(named);
  for (const id of referenceIds) {
    objectKey(id, identity, shipperId);
    if (isCloudZeroId(id) && shipperId === undefined) throw badRequest(`shipperId is missing: ${id} may be a file of any shipper`);
  }
  await parts.replays.order(identity, referenceIds, shipperId);
  parts.log.info({ key: key.name, ...identity, shipperId, files: referenceIds.length }, 'replay ordered');
  return c.json({ ordered: new Set(referenceIds).size }, 202);
}
