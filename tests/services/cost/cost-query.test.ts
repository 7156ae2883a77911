import assert from 'node:assert/strict';
import { openLake } from '../../../services/console/duckdb-lake.ts';
import { type CostAnswer, type CostQuery, type CostRow, queryCosts } from '../../../services/cost/cost-query.ts';
import { folderFiles } from '../../../services/cost/lake-files.ts';
import { loadPriceTable, type PriceTable } from '../../../services/cost/price-table.ts';
import { DEFAULT_TEAM_RULES, type TeamRules } from '../../../services/cost/team-rules.ts';
import { temporaryDir, writeStreams } from '../../support/tiny-lake.ts';
import type { Stream } from '../../support/usage-model.ts';
import {
  clusterStreams,
  type ModelNode,
  type ModelPod,
  ownerStream,
  serviceStream,
  volumeStreams,
} from '../../support/usage-model-cluster.ts';

const HOUR = 3_600_000;
const BASE = Date.UTC(2026, 6, 10, 9);
const LIFE = { fromMs: BASE, toMs: BASE + 2 * HOUR };
const NODE: ModelNode = { name: 'n1', type: 'm6i.large', capacity: [2, 8], allocatable: [1.9, 7], ...LIFE };
const web = (name: string, more: Partial<ModelPod> = {}): ModelPod => ({
  namespace: 'shop',
  name,
  node: 'n1',
  ...LIFE,
  containers: [{ name: 'web', requests: [0.5, 1], use: [0.8, 0.5] }],
  ...more,
});

const CPU_PRICE = (0.096 * 2 * 0.031611) / (2 * 0.031611 + 8 * 0.004237);
const MEMORY_PRICE = 0.096 - CPU_PRICE;

let prices: PriceTable;

async function costs(
  streams: readonly Stream[],
  query: Partial<CostQuery> = {},
  teams: TeamRules = DEFAULT_TEAM_RULES,
  file = {},
): Promise<CostAnswer> {
  const { dir, remove } = await temporaryDir();
  const lake = await openLake(dir, { threads: 1 });
  try {
    await writeStreams(dir, streams, { file });
    return await queryCosts(
      lake,
      { files: folderFiles(dir), prices, teams },
      { fromMs: BASE, toMs: BASE + HOUR, step: 'hour', group: { kind: 'namespace' }, ...query },
    );
  } finally {
    await lake.close();
    await remove();
  }
}

function row(answer: CostAnswer, kind: string, group: string): CostRow {
  const found = answer.rows.filter((each) => each.kind === kind && each.group === group);
  assert.equal(found.length, 1, `one row ${kind} ${group} among ${answer.rows.map((each) => `${each.kind} ${each.group}`).join(', ')}`);
  return found[0];
}

function near(actual: number | null, expected: number, what = '') {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
    `${what} ${actual}, expected ${expected}`,
  );
}

describe('cost query', function () {
  this.timeout(60_000);
  before(async () => {
    prices = await loadPriceTable();
  });

  it('charges the greater of request and use, and splits the node into system, containers and idle', async () => {
    const answer = await costs(clusterStreams([NODE], [web('web-1')]));
    const shop = row(answer, 'workload', 'shop');
    near(shop.cpuCost, (CPU_PRICE * 0.8) / 2, 'cpu');
    near(shop.memoryCost, MEMORY_PRICE / 8, 'memory');
    near(shop.cpuCoreHours, 0.8);
    near(shop.memoryGiBHours, 1);
    near(row(answer, 'system', '(system)').totalCost, (CPU_PRICE * 0.1) / 2 + MEMORY_PRICE / 8, 'system');
    near(answer.total, 0.096, 'total');
    assert.equal(answer.priceDate, '2026-07-06');
    assert.deepEqual(answer.warnings, []);
    assert.deepEqual(answer.unpriced, []);
    assert.equal(answer.coverage.hoursWithData, 1);
  });

  it('scales the charges of an overcommitted node to what it can allocate, resource by resource', async () => {
    const pods = ['a', 'b', 'c', 'd'].map((name) => web(name, { namespace: name }));
    const answer = await costs(clusterStreams([NODE], pods));
    for (const { name } of pods) near(row(answer, 'workload', name).cpuCost, (CPU_PRICE * 1.9) / 2 / 4, name);
    near(row(answer, 'workload', 'a').memoryCost, MEMORY_PRICE / 8);
    assert.ok((row(answer, 'workload', 'a').overcommitFactor ?? 1) < 1);
    near(row(answer, 'idle', '(idle)').cpuCost, 0, 'idle');
    near(answer.total, 0.096, 'total');
  });

  it('counts requests only while a container runs, init containers too', async () => {
    const pod = web('job-1', {
      namespace: 'batch',
      containers: [
        { name: 'init', isInit: true, requests: [1, 0], use: [0.1, 0.1], runs: [[BASE, BASE + 600_000]] },
        { name: 'main', requests: [0.5, 2], use: [0.1, 0.1], runs: [[BASE + 600_000, BASE + 1_800_000]] },
      ],
    });
    const batch = row(await costs(clusterStreams([NODE], [pod])), 'workload', 'batch');
    near(batch.cpuCoreHours, 1 / 6 + 0.5 / 3);
    near(batch.memoryGiBHours, 2 / 3 + 0.1 / 6);
  });

  it('takes the pod phase where no running state is known', async () => {
    const streams = clusterStreams([NODE], [web('web-1', { containers: [{ name: 'web', requests: [1, 1], use: [0.1, 0.1] }] })])
      .filter(({ labels }) => !labels.metric.endsWith('status_running'))
      .concat({
        ...clusterStreams([], [web('web-1')])[0],
        labels: { metric: 'kube_pod_status_phase', namespace: 'shop', pod: 'web-1', uid: 'uid-shop-web-1-n1', phase: 'Running' },
      });
    near(row(await costs(streams), 'workload', 'shop').cpuCoreHours, 1);
  });

  it('keeps a pod name that moved to another node apart, by node', async () => {
    const half = BASE + HOUR / 2;
    const nodes = [NODE, { ...NODE, name: 'n2', type: 'm7g.large' }];
    const pods = [web('db-0', { toMs: half }), web('db-0', { node: 'n2', fromMs: half })];
    for (const streams of [clusterStreams(nodes, pods), withoutNodeOnCadvisor(clusterStreams(nodes, pods))]) {
      const answer = await costs(streams, { group: { kind: 'node' } });
      // The last value came a minute before the marker; half of that minute is taken as run.
      near(row(answer, 'workload', 'n1').cpuCoreHours, (0.8 * 1770) / 3600, 'n1');
      near(row(answer, 'workload', 'n2').cpuCoreHours, 0.4, 'n2');
    }
  });

  it('prices volumes and load balancers to their namespaces', async () => {
    const streams = [
      ...clusterStreams([NODE], []),
      ...volumeStreams({ namespace: 'shop', claim: 'data', gib: 100, ...LIFE }),
      serviceStream({ namespace: 'shop', name: 'front', type: 'LoadBalancer', ...LIFE, toMs: BASE + HOUR / 2 }),
      serviceStream({ namespace: 'shop', name: 'back', type: 'ClusterIP', ...LIFE }),
    ];
    const answer = await costs(streams);
    near(row(answer, 'volume', 'shop').storageCost, (100 * 0.08) / 730);
    near(row(answer, 'load-balancer', 'shop').loadBalancerCost, 0.0225 / 2);
    near(answer.total, 0.096 + 8 / 730 + 0.0225 / 2);
  });

  it('charges GPUs by request, from the size in the price table where Kubernetes shows none', async () => {
    const node: ModelNode = { ...NODE, type: 'g5.xlarge', capacity: [4, 16], allocatable: [4, 16] };
    const pod = web('train-1', { containers: [{ name: 'train', requests: [1, 1], use: [1, 1], gpus: 1 }] });
    const answer = await costs(clusterStreams([node], [pod]));
    const gpuPrice = (1.006 * 0.95) / (4 * 0.031611 + 16 * 0.004237 + 0.95);
    near(row(answer, 'workload', 'shop').gpuCost, gpuPrice);
    near(row(answer, 'workload', 'shop').gpuHours, 1);
    near(row(answer, 'idle', '(idle)').gpuCost, 0);
    near(answer.total, 1.006);
  });

  it('does not price a volume of another driver as if it were EBS', async () => {
    const volume = { namespace: 'shop', claim: 'files', gib: 100, driver: 'efs.csi.aws.com', ...LIFE };
    const answer = await costs([...clusterStreams([NODE], []), ...volumeStreams(volume)]);
    const files = row(answer, 'unpriced', 'shop');
    assert.deepEqual([files.storageCost, files.totalCost], [null, null]);
    near(files.storageGiBHours, 100);
    assert.match(files.reason ?? '', /no price for volume type efs\.csi\.aws\.com/);
    assert.deepEqual(
      answer.unpriced.map(({ kind, name }) => [kind, name]),
      [['attached', 'shop/PersistentVolumeClaim/files']],
    );
    near(answer.total, 0.096);
  });

  it('shows what has no price as unpriced, with NULL and a reason, never 0', async () => {
    const cases: [Partial<ModelNode>, RegExp][] = [
      [{ type: 'z9.huge' }, /no price for instance type z9\.huge/],
      [{ region: 'mars-north-1' }, /no on-demand price for instance type m6i\.large in region mars-north-1/],
      [{ capacityType: 'SPOT' }, /no spot price for instance type m6i\.large/],
      [{ type: '' }, /no label node\.kubernetes\.io\/instance-type/],
    ];
    for (const [change, reason] of cases) {
      const node = { ...NODE, ...change };
      const answer = await costs(clusterStreams([node], [web('web-1')]));
      assert.equal(answer.total, 0);
      assert.deepEqual(new Set(answer.rows.map((each) => each.kind)), new Set(['unpriced']));
      for (const each of answer.rows) {
        assert.equal(each.totalCost, null);
        assert.equal(each.cpuCost, null);
        assert.match(each.reason ?? '', reason);
      }
      near(row(answer, 'unpriced', 'shop').cpuCoreHours, 0.8);
      assert.equal(answer.unpriced[0].name, 'n1');
      assert.equal(answer.unpriced.length, 1);
    }
    const unlabelled = clusterStreams([NODE], []).filter(({ labels }) => labels.metric !== 'kube_node_labels');
    assert.match((await costs(unlabelled)).unpriced[0].reason, /no kube_node_labels/);
  });

  it('names the container whose node is not known', async () => {
    const answer = await costs(clusterStreams([], [web('web-1')]));
    assert.match(row(answer, 'unpriced', 'shop').reason ?? '', /no kube_node_info/);
  });

  it('groups by workload, pod, container, label and team without changing the total', async () => {
    const streams = [
      ...clusterStreams(
        [NODE],
        [
          web('web-abc-1', { owner: ['ReplicaSet', 'web-abc'], labels: { team: 'blue', app_kubernetes_io_name: 'web' } }),
          web('run-7-x', { namespace: 'batch', owner: ['Job', 'run-7'] }),
          web('solo', { namespace: 'odd_1' }),
        ],
      ),
      ownerStream(
        { metric: 'kube_replicaset_owner', namespace: 'shop', replicaset: 'web-abc', owner_kind: 'Deployment', owner_name: 'web' },
        LIFE,
      ),
      ownerStream({ metric: 'kube_job_owner', namespace: 'batch', job_name: 'run-7', owner_kind: 'CronJob', owner_name: 'run' }, LIFE),
      // kube-state-metrics' own pod stands on the rows of things that have none.
      ...clusterStreams([], []).concat(namespaceLabels('batch', { label_team: 'green' })),
      ...volumeStreams({ namespace: 'batch', claim: 'data', gib: 1, ...LIFE }),
    ];
    const rules: TeamRules = [
      { label: 'team', value: 'blue', team: 'Blue' },
      { namespace: 'odd?*', team: 'odd' },
      { namespace: 'odd*', team: 'never' },
    ];
    const groupsOf = async (group: CostQuery['group'], teams?: TeamRules) => {
      const answer = await costs(streams, { group }, teams);
      near(answer.total, 0.096 + 0.08 / 730, group.kind);
      return answer.rows.map((each) => each.group).sort();
    };
    assert.deepEqual(await groupsOf({ kind: 'workload' }), [
      '(idle)',
      '(system)',
      'batch/CronJob/run',
      'batch/PersistentVolumeClaim/data',
      'odd_1/Pod/solo',
      'shop/Deployment/web',
    ]);
    assert.deepEqual(await groupsOf({ kind: 'pod' }), [
      '(idle)',
      '(system)',
      'batch/PersistentVolumeClaim/data',
      'batch/run-7-x',
      'odd_1/solo',
      'shop/web-abc-1',
    ]);
    assert.ok((await groupsOf({ kind: 'container' })).includes('shop/web-abc-1/web'));
    assert.deepEqual(await groupsOf({ kind: 'label', key: 'app.kubernetes.io/name' }), ['(idle)', '(none)', '(none)', '(system)', 'web']);
    assert.deepEqual(await groupsOf({ kind: 'team' }), ['(idle)', '(system)', 'blue', 'green', 'green', 'unassigned']);
    assert.deepEqual(await groupsOf({ kind: 'team' }, rules), ['(idle)', '(system)', 'Blue', 'odd', 'unassigned', 'unassigned']);
  });

  it('sums to the same over hours, days and months, and prices only the time a node was there', async () => {
    const node = { ...NODE, fromMs: BASE + 600_000, toMs: BASE + 4_500_000 };
    const streams = clusterStreams([node], [web('web-1', { fromMs: node.fromMs, toMs: node.toMs })]);
    const range = { fromMs: Date.UTC(2026, 6, 1), toMs: Date.UTC(2026, 7, 1) };
    const totals: number[] = [];
    for (const step of ['hour', 'day', 'month'] as const) {
      const answer = await costs(streams, { ...range, step });
      totals.push(answer.total);
      assert.equal(answer.rows[0].stepStartMs, { hour: BASE, day: Date.UTC(2026, 6, 10), month: Date.UTC(2026, 6, 1) }[step]);
      assert.deepEqual([answer.coverage.hoursExpected, answer.coverage.hoursWithData], [744, 2]);
    }
    for (const total of totals) near(total, (0.096 * 3900) / 3600);
  });

  it('does not count a gauge twice that two scrapes of one exporter gave', async () => {
    const once = clusterStreams([NODE], [web('web-1')]);
    const twice = once.map((stream) => ({ ...stream, labels: { ...stream.labels, job: 'second', instance: 'other:1' } }));
    const [a, b] = [await costs(once), await costs([...once, ...twice])];
    near(b.total, a.total);
    near(row(b, 'workload', 'shop').totalCost, row(a, 'workload', 'shop').totalCost ?? 0);
  });

  it('warns of prices newer than the hours and of counters that fall back all the time', async () => {
    const early = Date.UTC(2026, 0, 5);
    const at = { fromMs: early, toMs: early + HOUR };
    const streams = clusterStreams([{ ...NODE, ...at }], [web('web-1', at)]).map((stream) =>
      stream.labels.metric === 'container_cpu_usage_seconds_total' && stream.labels.container === 'web'
        ? { ...stream, samples: stream.samples.map((sample, i) => ({ ...sample, value: sample.value && sample.value + (i % 2) * 1000 })) }
        : stream,
    );
    const { warnings } = await costs(streams, at);
    assert.match(warnings[0], /1 hours lie before 2026-07-06/);
    assert.match(warnings[1], /HA pair/);
  });

  it('warns of an HA pair without its replica label, and not of one steady sender', async () => {
    const later = (stream: Stream): Stream => ({ ...stream, samples: stream.samples.map(({ ts, value }) => ({ ts: ts + 17_000, value })) });
    const one = clusterStreams([NODE], []);
    const pair = one.map((stream) => ({ ...stream, samples: [...stream.samples, ...later(stream).samples].sort((a, b) => a.ts - b.ts) }));
    assert.deepEqual((await costs(one)).warnings, []);
    assert.match((await costs(pair)).warnings.join(), /two interleaved rhythms, as from an HA pair/);
  });

  it('answers empty from an empty lake, and from a folder that is not there', async () => {
    assert.deepEqual((await costs([])).rows, []);
    const lake = await openLake('/nonexistent/lake');
    const answer = await queryCosts(
      lake,
      { files: folderFiles('/nonexistent/lake'), prices, teams: [] },
      { fromMs: BASE, toMs: BASE + HOUR, step: 'day', group: { kind: 'team' } },
    );
    assert.deepEqual([answer.rows, answer.total, answer.coverage.hoursWithData], [[], 0, 0]);
    await lake.close();
  });
});

function withoutNodeOnCadvisor(streams: readonly Stream[]): Stream[] {
  return streams.map((stream) => {
    if (stream.labels.job !== 'cadvisor') return stream;
    const { node: _, ...labels } = stream.labels;
    return { ...stream, labels };
  });
}

function namespaceLabels(namespace: string, labels: Record<string, string>): Stream {
  const [stream] = clusterStreams([], [web('any')]);
  return { ...stream, labels: { metric: 'kube_namespace_labels', namespace, pod: 'kube-state-metrics-0', ...labels } };
}
