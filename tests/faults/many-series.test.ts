import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, freePort } from '../support/child.ts';
import { LISTENS, lakeDirOf, startCollectorChild } from '../support/load-collector.ts';
import { lakeRows } from '../support/load-lake.ts';
import { LoadRequests } from '../support/load-requests.ts';
import { LoadSender } from '../support/load-sender.ts';
import { watchMemory } from '../support/process-memory.ts';

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;
/** A million series and all hours that the settings can let in, or, so that CI can afford it, a share of both. */
const IS_FULL = process.env.FAULTS_FULL === '1';
const SERIES = IS_FULL ? 1_000_000 : 200_000;
const MAX_SERIES = SERIES / 10;
const A_REQUEST = 5_000;
const HOURS = IS_FULL ? 2_000 : 300;
/** As old as the settings let samples be: 2,208 hours. */
const MAX_AGE_MS = 92 * 24 * HOUR_MS;

/** The rules are those of the settings: MAX_OPEN_SERIES and MAX_SERIES_BYTES seal early, twice the latter and MAX_OPEN_HOURS put off. */
describe('a collector whose senders make up series and hours', function () {
  this.timeout(900_000);
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-series-'));
  let child: Child;
  afterEach(() => child.end('SIGKILL'));
  after(() => rmSync(dir, { recursive: true, force: true }));

  it(`takes ${SERIES} new series in an hour within bounded memory, in few files`, async () => {
    const at = join(dir, 'series');
    const port = await freePort();
    const limits = { MAX_OPEN_SERIES: String(MAX_SERIES), MAX_SERIES_BYTES: String(64 * MIB), LOG_LEVEL: 'info' };
    child = startCollectorChild(at, port, limits, ['--max-old-space-size=256']);
    await child.line(LISTENS, 60_000);
    const timeMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
    const peakOf = watchMemory(child.pid, 'VmHWM');
    for (let first = 0; first < SERIES; first += A_REQUEST) {
      const series = Array.from({ length: A_REQUEST }, (_, one) => ({
        type: 'gauge' as const,
        labels: [['__name__', 'made_up'] as const, ['pod', `pod-${first + one}`] as const],
      }));
      await send(
        port,
        2,
        new LoadRequests(series, 2).make(
          () => [timeMs],
          (view, byte, one) => view.setFloat64(byte, first + one, true),
        ),
      );
    }
    assert.equal(await child.end('SIGTERM', 120_000), 0);
    const peak = Math.round(peakOf());
    const [[rows, distinct, files]] = (await all(
      at,
      'SELECT count(*)::INTEGER, count(DISTINCT series_id)::INTEGER, count(DISTINCT filename)::INTEGER FROM read_parquet($samples, filename = true)',
    )) as [[number, number, number]];
    console.log(`      ${rows} rows of ${distinct} series in ${files} files, peak ${peak} MiB`);
    assert.deepEqual([rows, distinct], [SERIES, SERIES]);
    assert.ok(files <= (2 * SERIES) / MAX_SERIES, `${files} files`);
    // Label sets that come faster than they are sealed take twice MAX_SERIES_BYTES at most: 514 MiB were seen in the full form, 374 in the short one.
    assert.ok(peak < 600, `${peak} MiB`);
  });

  it(`takes samples of ${HOURS} hours in one request, makes a file an hour, and then puts off until they are sealed`, async () => {
    const at = join(dir, 'hours');
    const port = await freePort();
    const settings = {
      MAX_SAMPLE_AGE_MS: String(MAX_AGE_MS),
      MAX_OPEN_HOURS: '200',
      LOG_LEVEL: 'info',
    };
    child = startCollectorChild(at, port, settings, ['--max-old-space-size=256']);
    await child.line(LISTENS, 60_000);
    const peakOf = watchMemory(child.pid, 'VmHWM');
    const firstMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - (HOURS + 1) * HOUR_MS;
    const times = Array.from({ length: HOURS }, (_, hour) => firstMs + hour * HOUR_MS);
    const requests = (pod: string) =>
      new LoadRequests(
        [
          {
            type: 'gauge',
            labels: [
              ['__name__', 'spread'],
              ['pod', pod],
            ],
          },
        ],
        1,
      );
    await send(
      port,
      1,
      requests('first').make(
        () => times,
        (view, byte, _, timeMs) => view.setFloat64(byte, timeMs, true),
      ),
    );
    const refused = await post(
      port,
      requests('second').make(
        () => [firstMs],
        (view, byte) => view.setFloat64(byte, 1, true),
      ),
    );
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.match(await refused.text(), /hours of clusters are open, limit 200; .*MAX_OPEN_HOURS/);
    assert.equal(await child.end('SIGTERM', 300_000), 0);
    const peak = Math.round(peakOf());
    const files = readdirSync(lakeDirOf(at), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.parquet'));
    console.log(`      ${times.length} hours, ${files.length} files, peak ${peak} MiB`);
    assert.equal(files.length, 2 * times.length);
    assert.deepEqual(await all(at, 'SELECT count(*)::INTEGER FROM read_parquet($samples)'), [[times.length]]);
    assert.ok(peak < 400, `${peak} MiB`);
  });
});

async function send(port: number, version: 1 | 2, body: Buffer): Promise<void> {
  const sender = new LoadSender({ url: `http://127.0.0.1:${port}/api/v1/write`, version, backoffMs: 50, goesOn: () => true });
  const outcome = await sender.send(body);
  sender.close();
  assert.equal(outcome.kind === 'answered' && outcome.status, 204, JSON.stringify(outcome));
}

function post(port: number, body: Buffer): Promise<Response> {
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  return fetch(`http://127.0.0.1:${port}/api/v1/write`, { method: 'POST', headers, body: new Uint8Array(body) });
}

async function all(dir: string, sql: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of lakeRows(lakeDirOf(dir), sql)) rows.push(row);
  return rows;
}
