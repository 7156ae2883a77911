import assert from 'node:assert/strict';
import type { PodEvent } from '../../../services/local/simulation/events.ts';
import { makeScenario } from '../../../services/local/simulation/scenario.ts';
import type { Series } from '../../../services/local/simulation/scraped-series.ts';
import { makeSeries } from '../../../services/local/simulation/series.ts';
import { closedFormCosts } from '../../support/closed-form.ts';

const HOUR_MS = 3_600_000;
const TO_MS = Date.UTC(2026, 10, 20, 8);
const scenario = (hours: number, seed: number) => makeScenario({ fromMs: TO_MS - hours * HOUR_MS, toMs: TO_MS, seed });
const label = ({ labels }: Series, name: string) => labels[labels.indexOf(name) + 1];
const liveAt = (series: Series[], atMs: number) => series.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);

describe('simulated cluster', () => {
  it('is the same for the same seed and another one for another', () => {
    assert.deepEqual(scenario(3, 7), scenario(3, 7));
    assert.notDeepEqual(scenario(3, 7).pods, scenario(3, 8).pods);
  });

  it('says that it is simulated', () => {
    const { note, cluster } = scenario(3, 1);
    assert.match(note, /^simulated cluster/);
    assert.deepEqual(cluster, { account: '000000000000', region: 'us-east-1', name: 'simulated' });
  });

  for (const [hours, seed] of [
    [24, 1],
    [3, 2],
    [1, 3],
  ] as const) {
    it(`holds about 13,000 series at any time (${hours} h, seed ${seed})`, () => {
      const events = scenario(hours, seed);
      const series = makeSeries(events);
      for (let step = 0; step <= 20; step++) {
        const live = liveAt(series, events.feedFromMs + ((events.feedToMs - events.feedFromMs - 1) * step) / 20).length;
        assert.ok(live >= 12_500 && live <= 13_500, `${live} series at step ${step}`);
      }
    });

    it(`has in it what costs stumble over (${hours} h, seed ${seed})`, () => {
      const events = scenario(hours, seed);
      const inside = (timeMs: number | null) => timeMs !== null && timeMs > events.fromMs && timeMs < events.toMs;
      const containers = events.pods.flatMap((pod) => pod.containers);
      assert.equal(events.nodes.filter(({ createdMs }) => inside(createdMs)).length, 1, 'a node joins');
      assert.equal(events.nodes.filter(({ removedMs }) => inside(removedMs)).length, 1, 'a node leaves');
      assert.equal(new Set(events.nodes.map(({ instanceType }) => instanceType)).size, 2, 'two instance types');
      assert.ok(events.pods.filter(({ finishedMs }) => inside(finishedMs)).length >= hours * 10, 'Jobs complete');
      assert.ok(
        containers.some(({ isInit, runs }) => isInit && inside(runs[0]?.startMs ?? null)),
        'init containers run',
      );
      assert.ok(
        containers.some(({ runs }) => runs.length > 1 && inside(runs[1]?.startMs ?? null)),
        'containers restart',
      );
      assert.ok(
        containers.some(({ runs }) => runs.some(({ counterResetsMs }) => inside(counterResetsMs[0] ?? null))),
        'a counter is reset',
      );
      assert.ok(movedPods(events.pods).length > 0, 'a pod name moves to another node');
      assert.ok(events.volumes.some(({ createdMs }) => inside(createdMs)) && events.volumes.some(({ deletedMs }) => inside(deletedMs)));
      const prices = { usdPerHour: 1, vcpu: 4, memoryGib: 16 };
      const { overcommittedNodeHours } = closedFormCosts(events, {
        instances: { 'm6i.xlarge': prices, 'r6i.large': prices },
        weights: { vcpu: 1, memoryGib: 0.1 },
        volumeUsdPerGibHour: 0,
        loadBalancerUsdPerHour: 0,
      });
      assert.ok(overcommittedNodeHours >= 3 * hours, 'nodes are overcommitted');
    });
  }

  it('gives every node and pod a name of its own, StatefulSets apart', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { nodes, pods } = scenario(3, seed);
      assert.equal(new Set(nodes.map(({ name }) => name)).size, nodes.length, `nodes of seed ${seed}`);
      const fresh = pods.filter(({ owner }) => owner.kind !== 'StatefulSet');
      assert.equal(new Set(fresh.map(({ name }) => name)).size, fresh.length, `pods of seed ${seed}`);
    }
  });

  it('runs nothing on a node that is not there', () => {
    const { nodes, pods } = scenario(24, 4);
    for (const pod of pods) {
      const node = nodes.find(({ name }) => name === pod.node);
      assert.ok(
        node && pod.createdMs >= node.createdMs && (node.removedMs === null || (pod.deletedMs as number) <= node.removedMs + 13 * 60_000),
      );
      for (const { startMs, endMs } of pod.containers.flatMap(({ runs }) => runs)) {
        assert.ok(startMs >= pod.createdMs && (endMs === null || endMs > startMs), `${pod.name} runs backwards`);
        assert.ok(node.removedMs === null || (endMs !== null && endMs < node.removedMs), `${pod.name} outlives its node`);
      }
    }
  });

  it('never has one label set twice at a time', () => {
    const series = makeSeries(scenario(3, 1));
    const byLabels = Map.groupBy(series, ({ labels }) => JSON.stringify(labels));
    for (const [labels, lives] of byLabels) {
      const ordered = lives.toSorted((a, b) => a.fromMs - b.fromMs);
      for (let i = 1; i < ordered.length; i++) assert.ok((ordered[i - 1] as Series).toMs <= (ordered[i] as Series).fromMs, labels);
    }
  });

  it('carries the rows that costs must not count, and sorted labels', () => {
    const events = scenario(3, 1);
    const live = liveAt(makeSeries(events), events.fromMs);
    const cpu = live.filter((series) => label(series, '__name__') === 'container_cpu_usage_seconds_total');
    assert.equal(cpu.filter((series) => label(series, 'id') === '/').length, 20);
    assert.ok(cpu.some((series) => label(series, 'container') === 'POD'));
    assert.ok(cpu.some((series) => !series.labels.includes('container') && series.labels.includes('pod')));
    for (const { labels } of live) {
      const names = labels.filter((_, index) => index % 2 === 0);
      assert.deepEqual(names, [...new Set(names)].sort());
    }
  });
});

/** Names that stand for one pod after another on different nodes. */
function movedPods(pods: PodEvent[]): string[] {
  const byName = Map.groupBy(pods, ({ namespace, name }) => `${namespace}/${name}`);
  return [...byName].filter(([, same]) => new Set(same.map(({ node }) => node)).size > 1).map(([name]) => name);
}
