import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COLLECTOR_SETTINGS } from '@tallyship/collector/settings';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { startCollector } from '../../../../services/collector/collector.ts';
import { bitsOf, encodeV1 } from '../../../support/remote-write-messages.ts';
import { block } from '../../../support/remote-write-wire.ts';

type Labels = Record<string, string>;
const HOUR_MS = 3_600_000;
/** A minute of the last full hour: samples a minute apart lie in one hour, at whatever minute the tests run. */
const inLastHour = (minute: number) => Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS + minute * 60_000;

describe('target CloudZero', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-cloudzero-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  /** Sends one request and stops the collector, which seals. @returns the rows of each file by its prefix, and its path under `ready` */
  async function filesAfter(series: { labels: Labels; samples: [timeMs: number, value: number][] }[], env: Record<string, string> = {}) {
    const settings = readSettings(COLLECTOR_SETTINGS, {
      DATA_DIR: dir,
      COLLECTOR_PORT: '0',
      TARGETS: 'lake,cloudzero',
      REPLICA: 'r0',
      ...env,
    });
    const collector = await startCollector(settings, createLogger('collector', { level: 'silent' }));
    const response = await fetch(`${collector.url}/collector?cluster_name=prod&cloud_account_id=000000000001&region=us-east-1`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
      body: block(
        encodeV1(
          series.map(({ labels, samples }) => ({
            labels: Object.entries(labels),
            samples: samples.map(([timeMs, value]) => ({ timeMs, bits: bitsOf(value) })),
          })),
        ),
      ),
    });
    assert.equal(response.status, 204, await response.text());
    await collector.close();
    const ready = join(dir, 'ready', 'cloudzero');
    const names = readdirSync(ready, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'));
    return Promise.all(
      names.sort().map(async (name) => {
        const bytes = readFileSync(join(ready, name));
        const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
        return { name, metadata: parquetMetadata(file), rows: (await parquetReadObjects({ file })) as Record<string, unknown>[] };
      }),
    );
  }

  it('writes the metrics of its lists in its current schema, the others only to the lake', async () => {
    const at = inLastHour(3);
    const files = await filesAfter([
      {
        labels: { __name__: 'container_cpu_usage_seconds_total', node: 'n1', pod: 'p', namespace: 'shop', container: 'c', id: '/x' },
        samples: [
          [at, 1.5],
          [at + 60_000, 1e21],
        ],
      },
      { labels: { __name__: 'go_goroutines', instance: 'i', other: 'kept' }, samples: [[at, 7]] },
      { labels: { __name__: 'container_memory_rss', pod: 'p' }, samples: [[at, 1]] },
    ]);
    assert.equal(files.length, 2);
    const [cost, observability] = files as [(typeof files)[0], (typeof files)[0]];
    assert.match(cost.name, /^cloudzero\/v1\/account=000000000001\/region=us-east-1\/cluster=prod\/metrics_[0-9]{13}_[0-9]{13}\.parquet$/);
    assert.match(observability.name, /\/observability_[0-9]{13}_[0-9]{13}\.parquet$/);
    const columns = 'cluster_name cloud_account_id year month day hour metric_name node_name created_at timestamp labels value'.split(' ');
    assert.deepEqual(
      cost.metadata.schema.slice(1).map(({ name }) => name),
      columns,
    );
    assert.ok(cost.metadata.schema.slice(1).every(({ repetition_type }) => repetition_type === 'REQUIRED'));
    assert.equal(cost.metadata.row_groups[0]?.columns[0]?.meta_data?.codec, 'SNAPPY');
    const [year, month, day, hour] = new Date(at).toISOString().split(/[-T:]/);
    const { created_at, ...row } = cost.rows[0] as Record<string, unknown>;
    assert.ok(created_at instanceof Date);
    assert.deepEqual(row, {
      cluster_name: 'prod',
      cloud_account_id: '000000000001',
      year,
      month,
      day,
      hour,
      metric_name: 'container_cpu_usage_seconds_total',
      node_name: 'n1',
      timestamp: new Date(at),
      labels: '{"__name__":"container_cpu_usage_seconds_total","container":"c","namespace":"shop","node":"n1","pod":"p"}',
      value: '1.5',
    });
    assert.equal(cost.rows.at(-1)?.value, '1000000000000000000000');
    assert.equal(observability.rows[0]?.labels, '{"__name__":"go_goroutines","instance":"i","other":"kept"}');
  });

  it('parts files at the hour', async () => {
    const at = inLastHour(59);
    const files = await filesAfter([
      {
        labels: { __name__: 'container_cpu_usage_seconds_total', pod: 'p' },
        samples: [
          [at, 1],
          [at + 60_000, 2],
        ],
      },
    ]);
    const rowsOf = files.map(({ rows }) => rows.map(({ hour, timestamp, value }) => ({ hour, timestamp, value })));
    const hourOf = (timeMs: number) => new Date(timeMs).toISOString().slice(11, 13);
    assert.deepEqual(
      rowsOf.sort(([a], [b]) => Number(a?.timestamp) - Number(b?.timestamp)),
      [
        [{ hour: hourOf(at), timestamp: new Date(at), value: '1' }],
        [{ hour: hourOf(at + 60_000), timestamp: new Date(at + 60_000), value: '2' }],
      ],
    );
  });

  it('turns GPU samples into CloudZero’s own', async () => {
    const at = inLastHour(3);
    const gpu = { namespace: 'ml', pod: 'train', container: 'main', gpu: '0', Hostname: 'gpu-node' };
    const files = await filesAfter([
      { labels: { __name__: 'DCGM_FI_DEV_GPU_UTIL', ...gpu }, samples: [[at, 83]] },
      { labels: { __name__: 'DCGM_FI_DEV_FB_USED', ...gpu }, samples: [[at, 3000]] },
      { labels: { __name__: 'DCGM_FI_DEV_FB_FREE', ...gpu }, samples: [[at, 1000]] },
      { labels: { __name__: 'DCGM_FI_DEV_GPU_UTIL', gpu: '1' }, samples: [[at, 5]] },
    ]);
    assert.deepEqual(
      files[0]?.rows.map(({ metric_name, node_name, value }) => [metric_name, node_name, value]),
      [
        ['container_resources_gpu_memory_usage_percent', 'gpu-node', '75'],
        ['container_resources_gpu_usage_percent', 'gpu-node', '83'],
      ],
    );
  });

  for (const [fault, unit] of [
    ['false', 1000n],
    ['true', 1n],
  ] as const) {
    it(`writes the schema of 2024, unit fault ${fault}`, async () => {
      const at = inLastHour(3);
      const files = await filesAfter([{ labels: { __name__: 'kube_node_info', node: 'n1' }, samples: [[at, 1]] }], {
        CLOUDZERO_SCHEMA: '2024',
        CLOUDZERO_ORGANIZATION_ID: 'org-1',
        CLOUDZERO_2024_UNIT_FAULT: fault,
      });
      const names = files[0]?.metadata.schema.filter(({ type, num_children }) => type || num_children === 1).map(({ name }) => name);
      const expected = 'cluster_name cloud_account_id organization_id year month day hour name create_at timestamp labels key value value';
      assert.deepEqual(names, expected.split(' '));
      const row = files[0]?.rows[0] as Record<string, unknown>;
      assert.deepEqual(row.labels, { __name__: 'kube_node_info', node: 'n1' });
      assert.deepEqual([row.organization_id, row.name, row.value], ['org-1', 'kube_node_info', '1']);
      assert.equal((row.timestamp as Date).getTime(), Number((BigInt(at) * unit) / 1000n));
    });
  }
});
