import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HttpListener, listen } from '@tallyship/shared/runtime/http-server';
import type { Logger } from '@tallyship/shared/runtime/logger';
import { createTelemetry } from '@tallyship/shared/runtime/telemetry';
import { type AppParts, createApp, WRITE_PATHS } from '../../../../services/collector/app.ts';
import { BearerTokens } from '../../../../services/collector/http/bearer.ts';
import { putOffOverload } from '../../../../services/collector/http/overload.ts';
import { Refusals } from '../../../../services/collector/http/refusals.ts';

const V1 = { 'content-type': 'application/x-protobuf', authorization: 'Bearer known' };
const TEXT = 'more requests than can be worked off; send them slower or add replicas';

describe('a write while there are too many', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-overload-'));
  const said: unknown[] = [];
  let isFull = true;
  let isStopping = false;
  let withApp: HttpListener;
  let alone: HttpListener;
  const telemetry = createTelemetry();
  before(async () => {
    writeFileSync(join(dir, 'tokens'), 'known\n');
    const door = {
      tokens: new BearerTokens(join(dir, 'tokens')),
      queue: { isFull: () => isFull },
      refusals: new Refusals({ warn: (...line: unknown[]) => said.push(line) } as unknown as Logger),
      isStopping: () => isStopping,
      telemetry,
    };
    const identity = { account: '000000000000', region: 'local', cluster: 'local' };
    const app = createApp({ ...door, identity, faults: () => [] } as unknown as AppParts);
    const where = { host: '127.0.0.1', port: 0 };
    withApp = await listen(app, where);
    const unasked = { fetch: () => new Response('left to the app', { status: 418 }) };
    alone = await listen(unasked, { ...where, ahead: putOffOverload(door, WRITE_PATHS) });
  });
  after(async () => {
    await Promise.all([withApp.close(0), alone.close(0)]);
    rmSync(dir, { recursive: true });
  });
  beforeEach(() => {
    [isFull, isStopping] = [true, false];
  });
  const post = async ({ url }: HttpListener, path: string, headers: Record<string, string>, method = 'POST') => {
    const response = await fetch(`${url}${path}`, { method, headers, ...(method === 'POST' && { body: 'x'.repeat(100_000) }) });
    const { date, ...rest } = Object.fromEntries(response.headers);
    return { status: response.status, text: await response.text(), headers: rest };
  };
  const isLeftToTheApp = async (path: string, headers: Record<string, string>, method?: string) =>
    assert.equal((await post(alone, path, headers, method)).text, 'left to the app', `${method} ${path} ${JSON.stringify(headers)}`);

  for (const path of [...WRITE_PATHS, '/api/v1/write?cluster_name=one']) {
    it(`is told the same ahead of the app as by it, ${path}`, async () => {
      const answer = await post(alone, path, V1);
      assert.deepEqual(answer, await post(withApp, path, V1));
      assert.deepEqual([answer.status, answer.text, answer.headers['retry-after']], [503, TEXT, '5']);
    });
  }

  it('is left to the app where it would be refused for good: that has the reason, and says no more to who has no token', async () => {
    const { authorization, ...noToken } = V1;
    await isLeftToTheApp('/api/v1/write', noToken);
    await isLeftToTheApp('/api/v1/write', { ...V1, authorization: 'Bearer wrong' });
    await isLeftToTheApp('/api/v1/write', { ...V1, origin: 'https://page.example' });
    await isLeftToTheApp('/api/v1/write', { ...V1, 'content-type': 'image/png' });
    await isLeftToTheApp('/api/v1/write', { ...V1, 'content-encoding': 'gzip' });
    await isLeftToTheApp('/api/v1/other', V1);
    await isLeftToTheApp('/metrics', {}, 'GET');
  });

  it('is left to the app where there are not too many, and where the collector stops', async () => {
    isFull = false;
    await isLeftToTheApp('/api/v1/write', V1);
    [isFull, isStopping] = [true, true];
    await isLeftToTheApp('/api/v1/write', V1);
  });

  it('is counted under its route, and said in the log once', async () => {
    const count = async () =>
      Number(
        /^http_request_duration_seconds_count\{.*route="\/collector",status_code="503"\} (\d+)$/m.exec(
          await telemetry.registry.metrics(),
        )?.[1],
      );
    const before = await count();
    for (let times = 0; times < 3; times++) await post(alone, '/collector', V1);
    assert.equal((await count()) - before, 3);
    assert.deepEqual(
      said.filter((line) => JSON.stringify(line).includes(TEXT)),
      [[{ reason: TEXT, leftOut: 0 }, 'write requests put off']],
    );
  });
});
