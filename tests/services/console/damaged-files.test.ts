import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Console, startConsole } from '@tallyship/console/console';
import type { QualityReport } from '@tallyship/console/quality';
import { CONSOLE_SETTINGS } from '@tallyship/console/settings';
import type { CostAnswer } from '@tallyship/cost/cost-query';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { startLocalStore } from '@tallyship/upload-api/local-store';
import { keyOf } from '../../support/lake-writer.ts';
import { tinyCluster } from '../../support/tiny-cluster.ts';
import { temporaryDir, writeStreams } from '../../support/tiny-lake.ts';

const HOUR_MS = 3_600_000;
const FROM_MS = Date.UTC(2026, 10, 19, 6);
const TO_MS = Date.UTC(2026, 10, 19, 9);
const RANGE = 'from=2026-11-19T06:00Z&to=2026-11-19T09:00Z';
const CLUSTER = '000000000000/us-east-1/test';
const usageOf = (hour: number) => keyOf({ table: 'usage', hourStartMs: FROM_MS + hour * HOUR_MS });

describe('console over a lake with a damaged file', () => {
  let dir: string;
  let running: Console;
  let start: (lake: Record<string, string>) => Promise<void>;
  let logged: { level: string; key?: string; reason?: string }[];
  const cleanups: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    const temporary = await temporaryDir();
    dir = temporary.dir;
    cleanups.push(temporary.remove);
    await writeStreams(dir, tinyCluster(FROM_MS, TO_MS));
    logged = [];
    const log = createLogger('console', { level: 'warn', to: { write: (line) => logged.push(JSON.parse(line)) } });
    start = async (lake) => {
      running = await startConsole(readSettings(CONSOLE_SETTINGS, { CONSOLE_PORT: '0', ...lake }), log);
      cleanups.push(running.close);
    };
    await start({ LAKE_DIR: dir });
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${running.url}/api/${path}`);
    assert.equal(response.status, 200, JSON.stringify(logged.at(-1)));
    return (await response.json()) as T;
  };
  const costs = () => ask<CostAnswer>(`costs?${RANGE}&group=node&step=hour`);
  const damageMetric = async () =>
    Number(/^console_damaged_files_total (\d+)$/m.exec(await (await fetch(`${running.url}/metrics`)).text())?.[1]);

  it('answers from the other files, names the hour that is incomplete, and counts and logs the file once', async () => {
    const sound = await costs();
    damage(join(dir, usageOf(1)));
    for (const time of ['first', 'second']) {
      const { total, coverage, warnings } = await costs();
      assert.ok(total > sound.total * 0.6 && total < sound.total * 0.75, `${time}: ${total} of ${sound.total}`);
      assert.deepEqual(coverage.incomplete, [{ cluster: CLUSTER, hourMs: FROM_MS + HOUR_MS, keys: [usageOf(1)] }]);
      assert.match(warnings.join(), /1 damaged file is left out.*test 2026-11-19T07:00Z.*usage_.*\.parquet.*docs\/runbook\.md/);
    }
    assert.equal(await damageMetric(), 1);
    assert.deepEqual(
      logged.map(({ level, key }) => [level, key]),
      [['error', usageOf(1)]],
    );
  });

  it('says in the data-quality report what is left out, even of the first hour', async () => {
    damage(join(dir, usageOf(0)));
    const { findings, clusters } = await ask<QualityReport>(`quality?${RANGE}`);
    assert.deepEqual(
      clusters.flatMap(({ hours }) => hours.map(({ start }) => start)),
      ['2026-11-19T07:00:00Z', '2026-11-19T08:00:00Z'],
    );
    assert.match(findings.map(({ message }) => message).join('\n'), /1 damaged file is left out.*test 2026-11-19T06:00Z/);
    assert.equal(await damageMetric(), 1);
  });

  it('does without damaged samples where parts overlap', async () => {
    const streams = tinyCluster(FROM_MS, TO_MS);
    await writeStreams(dir, streams, { route: () => ({ replica: 'r1', generation: 0 }) });
    const both = await costs();
    const samples = keyOf({ table: 'samples', hourStartMs: FROM_MS, replica: 'r1' });
    damage(join(dir, samples));
    const { total, coverage } = await costs();
    assert.ok(Math.abs(total - both.total) < both.total * 1e-6, `${total} of ${both.total}`);
    assert.deepEqual(coverage.incomplete, [{ cluster: CLUSTER, hourMs: FROM_MS, keys: [samples] }]);
  });

  it('takes a file up again when it has been put right', async () => {
    const sound = await costs();
    const path = join(dir, usageOf(2));
    const whole = readFileSync(path);
    damage(path);
    assert.equal((await costs()).coverage.incomplete.length, 1);
    writeFileSync(`${path}.new`, whole);
    renameSync(`${path}.new`, path);
    assert.deepEqual(await costs(), sound);
  });

  it('does all that over a bucket too', async () => {
    const credentials = { accessKeyId: 'LOCALKEY', secretAccessKey: 'a-secret-of-the-local-store' };
    const store = await startLocalStore({ dir, host: '127.0.0.1', port: 0, credentials });
    cleanups.push(() => store.close());
    const cache = await temporaryDir();
    cleanups.push(cache.remove);
    const credentialsFile = join(cache.dir, 'credentials.json');
    writeFileSync(credentialsFile, JSON.stringify(credentials));
    await start({ LAKE_BUCKET: store.bucket, LAKE_ENDPOINT: store.url, LAKE_CREDENTIALS_FILE: credentialsFile, CACHE_DIR: cache.dir });
    const path = join(dir, usageOf(1));
    const [sound, whole] = [await costs(), readFileSync(path)];
    damage(path);
    for (let time = 0; time < 2; time++)
      assert.deepEqual((await costs()).coverage.incomplete, [{ cluster: CLUSTER, hourMs: FROM_MS + HOUR_MS, keys: [usageOf(1)] }]);
    assert.equal(await damageMetric(), 1);
    writeFileSync(path, whole);
    assert.deepEqual(await costs(), sound);
  }).timeout(60_000);

  it('names files without the ends of a Parquet file in the same way', async () => {
    writeFileSync(join(dir, usageOf(0)), 'no Parquet at all');
    const { coverage, warnings } = await costs();
    assert.deepEqual(
      coverage.incomplete.map(({ hourMs }) => hourMs),
      [FROM_MS],
    );
    assert.equal(warnings.length, 1);
    assert.deepEqual([await damageMetric(), logged.map(({ key }) => key)], [1, [usageOf(0)]]);
  });

  it('answers wherever in the file the damage is', async () => {
    const path = join(dir, usageOf(1));
    const whole = readFileSync(path);
    const places = 15;
    let found = 0;
    for (let place = 0; place < places; place++) {
      const at = 4 + Math.floor(((whole.length - 24) * place) / places);
      damage(path, whole, at, 8);
      const { total, coverage } = await costs();
      assert.ok(Number.isFinite(total));
      found += coverage.incomplete.length;
    }
    assert.ok(found > places / 4, `${found} of ${places} were found`);
  }).timeout(120_000);
});

/** Turns the bits of a part of a file; its ends stay. */
function damage(path: string, whole = readFileSync(path), at = whole.length >> 2, bytes = whole.length >> 2): void {
  const damaged = Buffer.from(whole);
  for (let i = at; i < at + bytes; i++) damaged[i] = ~(damaged[i] as number);
  writeFileSync(path, damaged);
}
