import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, startCollector } from '@tallyship/collector/collector';
import { COLLECTOR_SETTINGS } from '@tallyship/collector/settings';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { listSegments } from '../../../../services/collector/log/segment-files.ts';
import { digestOf } from '../../../crash/crash-run.ts';
import { lakeDirOf, logDirOf } from '../../../support/load-collector.ts';
import { lakeRows } from '../../../support/load-lake.ts';
import { LoadRequests } from '../../../support/load-requests.ts';
import { LoadSender } from '../../../support/load-sender.ts';

const HOUR_MS = 3_600_000;
const HOUR = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;

describe('a collector started again', () => {
  const root = mkdtempSync(join(tmpdir(), 'tallyship-recover-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  let dir: string;
  let collector: Collector | undefined;
  beforeEach(() => {
    dir = mkdtempSync(join(root, 'data-'));
  });
  afterEach(async () => {
    await collector?.close();
    collector = undefined;
  });

  const start = async (settings: Record<string, string> = {}) => {
    await collector?.close();
    const folders = { DATA_DIR: join(dir, 'data'), LAKE_OUTPUT_DIR: lakeDirOf(dir) };
    const env = { COLLECTOR_PORT: '0', REPLICA: 'again-0', LOG_LEVEL: 'fatal', ...folders, ...settings };
    collector = await startCollector(readSettings(COLLECTOR_SETTINGS, env));
    return collector;
  };

  /** As it is when the process dies now: what closing it writes is put back to what was there before. */
  const leaveAsKilled = async (killed: Collector) => {
    for (const folder of ['data', 'lake']) cpSync(join(dir, folder), join(dir, `${folder}-killed`), { recursive: true });
    await killed.close();
    collector = undefined;
    for (const folder of ['data', 'lake']) {
      rmSync(join(dir, folder), { recursive: true });
      renameSync(join(dir, `${folder}-killed`), join(dir, folder));
    }
  };

  it('recognises a request of before, sealed long since, and answers it as before', async () => {
    await send(await start(), 1);
    await (await start()).sealAll();
    const before = digestOf(lakeDirOf(dir));
    await send(await start(), 1);
    await send(collector as Collector, 1);
    await (collector as Collector).sealAll();
    assert.equal(digestOf(lakeDirOf(dir)), before);
    assert.match(await (await fetch(`${(collector as Collector).url}/metrics`)).text(), /^collector_repeated_requests_total 2$/m);
  });

  it('takes it for a new one once the window is over', async () => {
    const settings = { DEDUPE_WINDOW_MS: '0', LOG_SEGMENT_BYTES: '1024' };
    await send(await start(settings), 1);
    await send(await start(settings), 2);
    await send(collector as Collector, 1);
    assert.match(await (await fetch(`${(collector as Collector).url}/metrics`)).text(), /^collector_repeated_requests_total 0$/m);
  });

  it('finds every whole record before a torn tail', async () => {
    await send(await start(), 1);
    await collector?.close();
    appendFileSync(listSegments(logDirOf(dir)).at(-1)?.path as string, Buffer.from([9, 0, 0, 0, 9, 0, 0]));
    await send(await start(), 2);
    await start();
    await collector?.sealAll();
    assert.deepEqual(await minutes(dir), [1, 2]);
  });

  it('begins with the first generation when it was killed in the very first write of its log', async () => {
    await (await start()).close();
    collector = undefined;
    const [first] = listSegments(logDirOf(dir));
    assert.equal(first?.number, 1);
    writeFileSync(first.path, readFileSync(first.path).subarray(0, 30));
    const anew = await start();
    await send(anew, 1);
    await anew.sealAll();
    const files = readdirSync(lakeDirOf(dir), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.parquet'));
    for (const path of files) assert.match(path, /-0\.parquet$/);
  });

  it('keeps the replica name that its files were begun with, where the settings give none', async () => {
    await send(await start({ REPLICA: '' }), 1);
    await collector?.close();
    writeFileSync(join(logDirOf(dir), 'replica'), 'host-of-before');
    await send(await start({ REPLICA: '' }), 2);
    await collector?.sealAll();
    const files = readdirSync(lakeDirOf(dir), { recursive: true, encoding: 'utf8' });
    assert.ok(
      files.some((path) => path.endsWith('_host-of-before-1.parquet')),
      files.join('\n'),
    );
  });

  for (const [name, which, seals] of [
    ['the first of several', 0, true],
    ['one in the middle', 1, true],
    ['the only one', 0, false],
  ] as const) {
    it(`starts, loses and doubles nothing when a checkpoint is damaged: ${name}`, async () => {
      const settings = { LOG_SEGMENT_BYTES: seals ? '1024' : '1048576' };
      await send(await start(settings), 1);
      await collector?.sealAll();
      const killed = await start(settings);
      const first = listSegments(logDirOf(dir)).at(-1) as { number: number };
      for (const minute of seals ? [2, 3, 4, 5] : [2]) {
        await send(killed, minute);
        if (minute === 2 && seals) await killed.sealAll();
      }
      await leaveAsKilled(killed);
      // As a purge leaves it: that generation 0 was sealed stands in checkpoints alone.
      const segments = listSegments(logDirOf(dir));
      for (const { number, path } of segments) if (number < first.number) rmSync(path);
      const { path } = segments.filter(({ number }) => number >= first.number)[which] as { path: string };
      const bytes = readFileSync(path);
      bytes[40] = (bytes[40] as number) ^ 4;
      writeFileSync(path, bytes);
      const again = await start(settings);
      await send(again, 6);
      await again.sealAll();
      assert.deepEqual(await minutes(dir), seals ? [1, 2, 3, 4, 5, 6] : [1, 2, 6]);
    });
  }

  it('ends under its old name what was begun under it, when REPLICA is changed in the middle of a seal', async () => {
    await send(await start({ REPLICA: 'old-0' }), 1);
    // As it is when the process dies with the files visible and the log not yet told.
    cpSync(join(dir, 'data'), join(dir, 'before'), { recursive: true });
    await collector?.sealAll();
    await collector?.close();
    collector = undefined;
    rmSync(join(dir, 'data'), { recursive: true });
    renameSync(join(dir, 'before'), join(dir, 'data'));
    await (await start({ REPLICA: 'new-0' })).sealAll();
    assert.deepEqual(await minutes(dir), [1]);
    const renamed = await start({ REPLICA: 'new-0' });
    await send(renamed, 2);
    await renamed.sealAll();
    assert.deepEqual(await minutes(dir), [1, 2]);
    assert.ok(readdirSync(lakeDirOf(dir), { recursive: true, encoding: 'utf8' }).some((path) => path.includes('_new-0.')));
  });

  it('overwrites nothing of before, when its log is lost and begins anew under the same name', async () => {
    await send(await start(), 1);
    await collector?.sealAll();
    await collector?.close();
    collector = undefined;
    rmSync(join(dir, 'data'), { recursive: true });
    const anew = await start();
    await send(anew, 2);
    await anew.sealAll();
    assert.deepEqual(await minutes(dir), [1, 2]);
  });

  it('overwrites nothing of an hour that it has forgotten, when a later MAX_SAMPLE_AGE_MS lets samples of it in', async () => {
    const [small, large] = [{ MAX_SAMPLE_AGE_MS: '0', DEDUPE_WINDOW_MS: '0', LOG_SEGMENT_BYTES: '1024' }, { LOG_SEGMENT_BYTES: '1024' }];
    await send(await start(large), 1);
    await collector?.sealAll();
    for (let starts = 0; starts < 2; starts++) await (await start(small)).sealAll();
    assert.ok(!readFileSync(listSegments(logDirOf(dir)).at(-1)?.path as string).includes(`/${HOUR}":`), 'not forgotten');
    for (const minute of [2, 3]) {
      await send(await start(large), minute);
      await collector?.sealAll();
    }
    assert.deepEqual(await minutes(dir), [1, 2, 3]);
  });

  it('finds the same again where it had forgotten an hour that then got samples', async () => {
    const small = { MAX_SAMPLE_AGE_MS: '0' };
    await send(await start(), 1);
    await collector?.sealAll();
    await start(small);
    const killed = await start();
    await send(killed, 2);
    await killed.sealAll();
    await send(killed, 3);
    // All of the log is there, from the first generation of the hour on.
    await leaveAsKilled(killed);
    await (await start()).sealAll();
    assert.deepEqual(await minutes(dir), [1, 2, 3]);
  });

  it('overwrites nothing when the only checkpoint is damaged and no record speaks of the hour', async () => {
    await send(await start(), 1);
    await collector?.sealAll();
    await start();
    await collector?.close();
    collector = undefined;
    const segments = listSegments(logDirOf(dir));
    for (const { path } of segments.slice(0, -1)) rmSync(path);
    const { path } = segments.at(-1) as { path: string };
    writeFileSync(path, readFileSync(path).fill(0, 20));
    const again = await start();
    await send(again, 2);
    await again.sealAll();
    assert.deepEqual(await minutes(dir), [1, 2]);
  });

  it('goes on with the next generation of an hour, also after the log of the first one is gone', async () => {
    const settings = { DEDUPE_WINDOW_MS: '0', LOG_SEGMENT_BYTES: '1024' };
    for (const minute of [1, 2, 3, 4]) {
      await send(await start(settings), minute);
      await collector?.sealAll();
    }
    assert.deepEqual(await minutes(dir), [1, 2, 3, 4]);
  });
});

/** A request with one sample. */
async function send({ url }: Collector, minute: number): Promise<void> {
  const requests = new LoadRequests([{ type: 'gauge', labels: [['__name__', 'up']] }], 2);
  const body = requests.make(
    () => [HOUR + minute * 60_000],
    (view, at) => view.setFloat64(at, minute, true),
  );
  const sender = new LoadSender({ url: `${url}/api/v1/write`, version: 2, backoffMs: 10, goesOn: () => false });
  const outcome = await sender.send(body);
  sender.close();
  assert.equal(outcome.kind === 'answered' && outcome.status, 204);
}

async function minutes(dir: string): Promise<number[]> {
  const found: number[] = [];
  for await (const [value] of lakeRows(lakeDirOf(dir), 'SELECT value FROM read_parquet($samples) ORDER BY value'))
    found.push(value as number);
  return found;
}
