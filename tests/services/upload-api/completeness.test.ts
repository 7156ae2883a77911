import assert from 'node:assert/strict';
import { mkdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lakeKey } from '@tallyship/shared/contracts/lake-key';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { type RunningApi, SHOP, startApi } from './running-api.ts';

const HOUR = 3_600_000;
const DAY_START = Date.parse('2026-11-21T00:00:00Z');
type File = { table: string; hour: number; replica: string; generation?: number };
type Report = {
  isComplete: boolean;
  unreadable: string[];
  unlisted: { replica: string; hour: string; keys: string[] }[];
  replicas: {
    replica: string;
    firstHour: string;
    lastHour: string;
    hours: number;
    files: number;
    missing: string[];
    short: unknown[];
    unsealed: string[];
    isComplete: boolean;
  }[];
};

describe('completeness', () => {
  let api: RunningApi;
  let nowMs: number;
  beforeEach(async () => {
    nowMs = DAY_START + 2 * 24 * HOUR;
    api = await startApi({}, () => nowMs);
  });
  afterEach(() => api.stop());

  const keyOf = ({ table, hour, replica, generation = 1 }: File) =>
    lakeKey({ ...SHOP, table, hourStartMs: DAY_START + hour * HOUR, replica, generation });
  const pathOf = (key: string) => join(api.dir, 'lake', key);
  const write = (key: string, bytes: Uint8Array) => {
    mkdirSync(dirname(pathOf(key)), { recursive: true });
    writeFileSync(pathOf(key), bytes);
  };
  /** Ships an hour as a shipper does: its objects, then the manifest that lists them. */
  const shipHour = (hour: number, replica: string, sizes: Record<string, number> = { samples: 900, usage: 300 }, generation = 1) => {
    const shipments = Object.entries(sizes).map(([table, bytes]) => ({ key: keyOf({ table, hour, replica, generation }), bytes }));
    for (const { key, bytes } of shipments) write(key, Buffer.alloc(bytes, 'x'));
    writeManifest(hour, replica, shipments, generation);
  };
  const writeManifest = (
    hour: number,
    replica: string,
    shipments: { key: string; bytes: number }[],
    generation = 1,
    uploadedMs = DAY_START,
  ) => {
    const column = (name: string, type: 'STRING' | 'INT64' | 'INT32' | 'TIMESTAMP', data: unknown[]) => ({ name, type, data }) as never;
    const manifest = parquetWriteBuffer({
      columnData: [
        column(
          'target',
          'STRING',
          shipments.map(() => 'lake'),
        ),
        column(
          'reference_id',
          'STRING',
          shipments.map(({ key }) => key.split('/').at(-1)),
        ),
        column(
          'key',
          'STRING',
          shipments.map(({ key }) => key),
        ),
        column(
          'rows',
          'INT64',
          shipments.map(() => 10n),
        ),
        column(
          'bytes',
          'INT64',
          shipments.map(({ bytes }) => BigInt(bytes)),
        ),
        column(
          'sha256',
          'STRING',
          shipments.map(() => 'a'.repeat(64)),
        ),
        column(
          'schema_version',
          'INT32',
          shipments.map(() => 1),
        ),
        column(
          'uploaded_at',
          'TIMESTAMP',
          shipments.map(() => new Date(uploadedMs)),
        ),
        column(
          'tries',
          'INT32',
          shipments.map(() => 1),
        ),
        column(
          'shipper_id',
          'STRING',
          shipments.map(() => 'shipper-1'),
        ),
      ],
    });
    write(keyOf({ table: 'shipments', hour, replica, generation }), new Uint8Array(manifest));
  };
  const check = async (from = '2026-11-21T00:00Z', to = '2026-11-21T06:00Z'): Promise<Report> => {
    const path = `/v1/completeness?cluster=123456789012/us-east-1/shop&from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`;
    const answer = await api.call(path, { method: 'GET' });
    assert.equal(answer.status, 200, await answer.clone().text());
    return (await answer.json()) as Report;
  };

  it('is given when every hour between first and last is listed and stored', async () => {
    for (const hour of [1, 2, 3]) shipHour(hour, 'collector-0');
    for (const hour of [2, 3, 4]) shipHour(hour, 'collector-1');
    const report = await check();
    assert.equal(report.isComplete, true);
    assert.deepEqual(report.replicas, [
      {
        replica: 'collector-0',
        firstHour: '2026-11-21T01:00:00.000Z',
        lastHour: '2026-11-21T03:00:00.000Z',
        hours: 3,
        files: 6,
        missing: [],
        short: [],
        unsealed: [],
        isComplete: true,
      },
      {
        replica: 'collector-1',
        firstHour: '2026-11-21T02:00:00.000Z',
        lastHour: '2026-11-21T04:00:00.000Z',
        hours: 3,
        files: 6,
        missing: [],
        short: [],
        unsealed: [],
        isComplete: true,
      },
    ]);
  });

  it('names hours without a manifest, of the replica that lacks them', async () => {
    for (const hour of [0, 1, 2, 3, 4, 5]) shipHour(hour, 'collector-0');
    for (const hour of [0, 3, 5]) shipHour(hour, 'collector-1');
    const report = await check();
    assert.equal(report.isComplete, false);
    assert.deepEqual(
      report.replicas.map(({ missing }) => missing),
      [[], ['2026-11-21T01:00:00.000Z', '2026-11-21T02:00:00.000Z', '2026-11-21T04:00:00.000Z']],
    );
  });

  it('sees a gap at the edge of the range when data follows outside it', async () => {
    for (const hour of [-2, 0, 5, 20]) shipHour(hour, 'collector-0');
    const edges = await check('2026-11-20T23:00Z', '2026-11-21T02:00Z');
    assert.deepEqual(edges.replicas[0].missing, ['2026-11-20T23:00:00.000Z', '2026-11-21T01:00:00.000Z']);
    const inside = await check('2026-11-21T06:00Z', '2026-11-21T08:00Z');
    assert.deepEqual(inside.replicas[0].missing.length, 2);
  });

  it('names objects that are absent or of another size', async () => {
    for (const hour of [1, 2]) shipHour(hour, 'collector-0');
    const [gone, torn] = [
      keyOf({ table: 'usage', hour: 1, replica: 'collector-0' }),
      keyOf({ table: 'samples', hour: 2, replica: 'collector-0' }),
    ];
    rmSync(pathOf(gone));
    truncateSync(pathOf(torn), 899);
    const report = await check();
    assert.equal(report.isComplete, false);
    assert.deepEqual(report.replicas[0].short, [
      { hour: '2026-11-21T01:00:00.000Z', key: gone, fault: 'absent', expectedBytes: 300, bytes: null },
      { hour: '2026-11-21T02:00:00.000Z', key: torn, fault: 'size', expectedBytes: 900, bytes: 899 },
    ]);
  });

  it('goes by the newest word on an object that several manifests list', async () => {
    shipHour(1, 'collector-0', { samples: 900, usage: 300 });
    const usage = keyOf({ table: 'usage', hour: 1, replica: 'collector-0' });
    write(usage, Buffer.alloc(350));
    writeManifest(1, 'collector-0', [{ key: usage, bytes: 350 }], 2, DAY_START + HOUR);
    assert.equal((await check()).isComplete, true);
  });

  it('names hours whose samples never came though their usage did, once they are long over', async () => {
    shipHour(1, 'collector-0');
    shipHour(2, 'collector-0', { usage: 300 });
    nowMs = DAY_START + 5 * HOUR - 1;
    assert.equal((await check()).isComplete, true);
    nowMs = DAY_START + 5 * HOUR;
    const report = await check();
    assert.deepEqual(report.replicas[0].unsealed, ['2026-11-21T02:00:00.000Z']);
    assert.equal(report.isComplete, false);
  });

  it('is not given where a manifest cannot be read, or where nothing is known', async () => {
    assert.deepEqual((await check()).isComplete, false);
    shipHour(1, 'collector-0');
    shipHour(2, 'collector-0');
    const broken = keyOf({ table: 'shipments', hour: 2, replica: 'collector-0' });
    write(broken, Buffer.from('PAR1 and nothing more'));
    const report = await check();
    assert.equal(report.isComplete, false);
    assert.deepEqual(report.unreadable, [broken]);
  });

  describe('objects that no manifest lists', () => {
    const store = (file: File, ageS = 3600) => {
      const key = keyOf(file);
      write(key, Buffer.alloc(300));
      utimesSync(pathOf(key), nowMs / 1000 - ageS, nowMs / 1000 - ageS);
      return key;
    };

    it('are named by replica and hour, and keep a cluster from being complete', async () => {
      for (const hour of [1, 2]) shipHour(hour, 'collector-0');
      const lost = [1, 3].map((hour) => ['samples', 'usage'].map((table) => store({ table, hour, replica: 'collector-1' })));
      const late = store({ table: 'samples', hour: 2, replica: 'collector-0', generation: 2 });
      const report = await check();
      assert.deepEqual(report.unlisted, [
        { replica: 'collector-0', hour: '2026-11-21T02:00:00.000Z', keys: [late] },
        { replica: 'collector-1', hour: '2026-11-21T01:00:00.000Z', keys: lost[0] },
        { replica: 'collector-1', hour: '2026-11-21T03:00:00.000Z', keys: lost[1] },
      ]);
      assert.deepEqual([report.isComplete, ...report.replicas.map(({ isComplete }) => isComplete)], [false, false]);
    });

    it('are seen where no manifest is at all', async () => {
      const key = store({ table: 'usage', hour: 1, replica: 'collector-1' });
      const report = await check();
      assert.deepEqual(report.unlisted, [{ replica: 'collector-1', hour: '2026-11-21T01:00:00.000Z', keys: [key] }]);
      assert.deepEqual([report.isComplete, report.replicas], [false, []]);
    });

    it('have 15 minutes until their manifest comes', async () => {
      shipHour(1, 'collector-0');
      const file = { table: 'usage', hour: 1, replica: 'collector-1' };
      store(file, 900);
      assert.deepEqual([(await check()).unlisted, (await check()).isComplete], [[], true]);
      const key = store(file, 901);
      assert.deepEqual((await check()).unlisted, [{ replica: 'collector-1', hour: '2026-11-21T01:00:00.000Z', keys: [key] }]);
    });

    it('count in the hours that are asked for, for samples and usage, of that cluster', async () => {
      shipHour(1, 'collector-0');
      store({ table: 'usage', hour: 0, replica: 'collector-1' });
      store({ table: 'usage', hour: 2, replica: 'collector-1' });
      store({ table: 'histograms', hour: 1, replica: 'collector-1' });
      const other = lakeKey({
        ...SHOP,
        cluster: 'shop-2',
        table: 'usage',
        hourStartMs: DAY_START + HOUR,
        replica: 'collector-1',
        generation: 1,
      });
      write(other, Buffer.alloc(3));
      const report = await check('2026-11-21T01:00Z', '2026-11-21T02:00Z');
      assert.deepEqual([report.unlisted, report.isComplete], [[], true]);
    });
  });

  for (const [what, query, message] of [
    ['no cluster', 'from=2026-11-21&to=2026-11-22', /cluster/],
    ['a cluster without region', 'cluster=123456789012/shop&from=2026-11-21&to=2026-11-22', /cluster/],
    ['a cluster of four parts', 'cluster=123456789012/us-east-1/shop/x&from=2026-11-21&to=2026-11-22', /three parts/],
    ['no from', 'cluster=123456789012/us-east-1/shop&to=2026-11-22', /from/],
    ['half an hour', 'cluster=123456789012/us-east-1/shop&from=2026-11-21T00:30Z&to=2026-11-22', /whole hour/],
    ['to before from', 'cluster=123456789012/us-east-1/shop&from=2026-11-22&to=2026-11-21', /hours after from/],
    ['more than 31 days', 'cluster=123456789012/us-east-1/shop&from=2026-10-01&to=2026-11-21', /744 hours/],
  ] as const) {
    it(`is refused for ${what}`, async () => {
      const answer = await api.call(`/v1/completeness?${query}`, { method: 'GET' });
      assert.equal(answer.status, 400);
      assert.match(((await answer.json()) as { message: string }).message, message);
    });
  }
});
