import assert from 'node:assert/strict';
import type { HourSeen } from '../../../services/console/hours-seen.ts';
import { findFaults, type Observed } from '../../../services/console/quality-findings.ts';
import { REQUIREMENTS } from '../../../services/console/required-metrics.ts';

const HOUR_MS = 3_600_000;
const FROM_MS = Date.UTC(2026, 10, 20);
const RANGE = { fromMs: FROM_MS, toMs: FROM_MS + 24 * HOUR_MS };
const LONG_AFTER_MS = FROM_MS + 100 * HOUR_MS;
const CLUSTER = '000000000000/us-east-1/test';

const hour = (i: number, without: string[] = []): HourSeen => ({
  cluster: CLUSTER,
  hourMs: FROM_MS + i * HOUR_MS,
  series: 10,
  samples: 600,
  lastSampleMs: FROM_MS + (i + 1) * HOUR_MS - 30_000,
  seen: REQUIREMENTS.map(({ name }) => !without.includes(name)),
});
const hours = (from: number, to: number, without: string[] = []) => Array.from({ length: to - from }, (_, i) => hour(from + i, without));

describe('quality findings', () => {
  const find = (seen: HourSeen[], { isKnownBefore = false, nowMs = LONG_AFTER_MS, costs = {} as Partial<Observed['costs']> } = {}) =>
    findFaults(
      { clusters: [{ cluster: CLUSTER, isKnownBefore, hours: seen }], costs: { unpriced: [], warnings: [], ...costs } },
      RANGE,
      nowMs,
    );
  const codes = (findings: ReturnType<typeof find>) => findings.map(({ code }) => code);

  it('finds nothing when everything is there', () => assert.deepEqual(find(hours(0, 24)), []));

  it('says so when the lake is empty', () => {
    const [finding, ...rest] = findFaults({ clusters: [], costs: { unpriced: [], warnings: [] } }, RANGE, LONG_AFTER_MS);
    assert.deepEqual([finding.code, rest], ['no-data', []]);
    assert.match(finding.remedy ?? '', /remote write/);
  });

  it('takes the time before the first data for a time before the cluster was connected', () => {
    assert.deepEqual(find(hours(20, 24)), []);
    assert.deepEqual(codes(find(hours(20, 24), { isKnownBefore: true })), ['missing-hours']);
  });

  it('names the hours that are missing, the first three of many', () => {
    const [finding] = find([...hours(0, 4), ...hours(10, 24)]);
    assert.equal(finding.code, 'missing-hours');
    assert.equal(finding.message, '6 hours without data: 2026-11-20T04:00:00Z, 2026-11-20T05:00:00Z, 2026-11-20T06:00:00Z and 3 more');
  });

  it('finds a cluster that fell silent before the range', () => {
    assert.deepEqual(codes(find([], { isKnownBefore: true })), ['no-data']);
  });

  it('finds data that is late, but only in a range that goes on', () => {
    const nowMs = FROM_MS + 10 * HOUR_MS + 30 * 60_000;
    assert.deepEqual(codes(find(hours(0, 10), { nowMs })), ['late']);
    assert.deepEqual(codes(find(hours(0, 10), { nowMs: nowMs - 15 * 60_000 })), []);
    assert.deepEqual(codes(find(hours(0, 24))), []);
  });

  it('names an absent metric, what it is for and how to get it', () => {
    const [finding, ...rest] = find(hours(0, 24, ['kube_node_labels with the instance type']));
    assert.deepEqual([finding.code, finding.cluster, rest], ['absent', CLUSTER, []]);
    assert.match(finding.message, /instance type is absent \(required; for the price of a node/);
    assert.match(finding.remedy ?? '', /--metric-labels-allowlist=nodes=\[\*\],pods=\[\*\],namespaces=\[\*\]/);
  });

  it('names the hours in which a metric is absent, the running one left out', () => {
    const [finding] = find([...hours(0, 23), hour(23, ['kube_pod_info'])]);
    assert.equal(finding.message, 'kube_pod_info is absent in 1 hour: 2026-11-20T23:00:00Z');
    const nowMs = FROM_MS + 23 * HOUR_MS + 60_000;
    const running = { ...hour(23, ['kube_pod_info']), lastSampleMs: nowMs - 30_000 };
    assert.deepEqual(find([...hours(0, 23), running], { nowMs }), []);
  });

  it('does not ask for what a cluster may well not have', () => {
    const optional = REQUIREMENTS.filter(({ level }) => level === 'optional').map(({ name }) => name);
    assert.ok(optional.includes('kube_persistentvolume_capacity_bytes') && optional.includes('kube_job_owner'));
    assert.deepEqual(find(hours(0, 24, optional)), []);
  });

  it('passes on what is unpriced and what costs warn of', () => {
    const unpriced = [
      {
        cluster: CLUSTER,
        kind: 'node' as const,
        name: 'node-b',
        reason: 'no price for instance type x9.huge',
        hours: 3,
        firstHourMs: FROM_MS,
      },
    ];
    const found = find(hours(0, 24), { costs: { unpriced, warnings: ['is it an HA pair?'] } });
    assert.deepEqual(codes(found), ['unpriced', 'cost-warning']);
    assert.equal(found[0].message, 'node node-b is unpriced in 3 hours: no price for instance type x9.huge');
    assert.match(found[0].remedy ?? '', /PRICES_FILE/);
  });
});
