import assert from 'node:assert/strict';
import { type ClosedFormEvents, closedFormCosts, integrate } from '../../support/closed-form.ts';

const HOUR_MS = 3_600_000;
const FROM_MS = Date.UTC(2026, 10, 20, 8);
const GIB = 2 ** 30;
const PRICES = {
  // 1 USD an hour: 4 vCPU x 0.2 + 4 GiB x 0.05 = 0.8 + 0.2, so 0.80 USD are for vCPU and 0.20 for memory.
  instances: { box: { usdPerHour: 1, vcpu: 4, memoryGib: 4 } },
  weights: { vcpu: 0.2, memoryGib: 0.05 },
  volumeUsdPerGibHour: 0.0001,
  loadBalancerUsdPerHour: 0.02,
};
const level = (value: number) => ({ kind: 'steps' as const, steps: [{ atMs: FROM_MS, level: value }] });
const container = (requests: [number, number], use: [number, number], minutes: [number, number]) => ({
  requests: { cpuCores: requests[0], memoryBytes: requests[1] * GIB },
  cpu: level(use[0]),
  memory: level(use[1] * GIB),
  runs: [{ startMs: FROM_MS + minutes[0] * 60_000, endMs: FROM_MS + minutes[1] * 60_000 }],
});
const cluster = (containers: Record<string, ReturnType<typeof container>[]>): ClosedFormEvents => ({
  fromMs: FROM_MS,
  toMs: FROM_MS + HOUR_MS,
  nodes: [
    {
      name: 'n1',
      instanceType: 'box',
      capacity: { cpuCores: 4, memoryBytes: 4 * GIB },
      allocatable: { cpuCores: 3, memoryBytes: 2 * GIB },
      createdMs: FROM_MS - HOUR_MS,
      removedMs: null,
    },
  ],
  pods: Object.entries(containers).map(([namespace, list]) => ({ namespace, node: 'n1', containers: list })),
  volumes: [],
  services: [],
});
const close = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual as number) - expected) < 1e-9, `${actual}, expected ${expected}`);

describe('closed form of costs, worked by hand', () => {
  it('charges the greater of requested and used, and the node sums to its price', () => {
    // a: half an hour, requests 2 cores and 1 GiB, uses 1 core and 2 GiB: 1 core-hour, 1 GiB-hour. A core-hour is 0.20 USD, a GiB-hour 0.05.
    // b: the whole hour, requests 0.5 cores and 0.5 GiB, uses 1 core and 0.25 GiB: 1 core-hour, 0.5 GiB-hours.
    const costs = closedFormCosts(
      cluster({ a: [container([2, 1], [1, 2], [0, 30])], b: [container([0.5, 0.5], [1, 0.25], [0, 60])] }),
      PRICES,
    );
    close(costs.namespaces.a, 0.2 + 0.05);
    close(costs.namespaces.b, 0.2 + 0.025);
    // system: 1 core and 2 GiB; idle: 3 - 2 cores and 2 - 1.5 GiB
    close(costs.system, 0.2 + 0.1);
    close(costs.idle, 0.2 + 0.025);
    close(costs.total, 1);
    assert.equal(costs.overcommittedNodeHours, 0);
  });

  it('scales an overcommitted resource to what is allocatable, and leaves the other alone', () => {
    const costs = closedFormCosts(
      cluster({ a: [container([4, 0.5], [0, 0], [0, 60])], b: [container([2, 0.5], [0, 0], [0, 60])] }),
      PRICES,
    );
    close(costs.namespaces.a, 0.4 + 0.025);
    close(costs.namespaces.b, 0.2 + 0.025);
    close(costs.idle, 0.05);
    close(costs.total, 1);
    assert.equal(costs.overcommittedNodeHours, 1);
  });

  it('prices volumes, load balancers and a part of an hour by time', () => {
    const events = cluster({});
    Object.assign(events.nodes[0] as object, { removedMs: FROM_MS + HOUR_MS / 4 });
    events.volumes.push({ namespace: 'a', bytes: 100 * GIB, createdMs: FROM_MS + HOUR_MS / 2, deletedMs: null });
    events.services.push({ namespace: 'b', type: 'LoadBalancer', createdMs: 0, deletedMs: null });
    events.services.push({ namespace: 'b', type: 'ClusterIP', createdMs: 0, deletedMs: null });
    const costs = closedFormCosts(events, PRICES);
    close(costs.namespaces.a, 0.005);
    close(costs.namespaces.b, 0.02);
    close(costs.idle + costs.system, 0.25);
  });

  it('integrates a sine and steps exactly', () => {
    const sine = { kind: 'sine' as const, mean: 2, amplitude: 1, periodMs: HOUR_MS, phaseMs: 0 };
    close(integrate(sine, 0, HOUR_MS), 7200);
    close(integrate(sine, 0, HOUR_MS / 2), 3600 + 3600 / Math.PI);
    const steps = { kind: 'steps' as const, steps: [10, 20, 30].map((second) => ({ atMs: second * 1000, level: second })) };
    close(integrate(steps, 0, 40_000), 200 + 200 + 300);
    close(integrate(steps, 15_000, 25_000), 50 + 100);
  });
});
