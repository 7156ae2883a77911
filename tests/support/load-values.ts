import type { LoadCluster } from './load-cluster.ts';
import { fraction, hash } from './load-hash.ts';
import type { PutValue } from './load-requests.ts';

/**
 * Of a thousand series, those whose values never change in an hour. Limits, start times, errors of networks and all of
 * kube-state-metrics are such by themselves; of what may rest (`RESTING`), as many do as are wanting.
 */
const CONSTANT_SHARE = 480;

/** A reading of one container or sandbox: `count` is how many intervals it has counted by then, and a part of one that is the series' own. */
type Reading = { id: number; unit: number; cell: number; count: number; timeMs: number };

/**
 * Values as a Prometheus scrapes them from nodes with cgroup v2, at the times of its scrapes.
 * - CPU: whole microseconds (kernel, cgroup-v2.rst: `cpu.stat`), multiplied by 1000 (opencontainers/cgroups, `fs2/cpu.go`) and divided by 1e9 (cAdvisor,
 *   `metrics/prometheus.go`): seconds with six decimals.
 * - Memory in pages of 4096 bytes (the kernel charges pages). `failcnt` is not read (opencontainers/cgroups issue 19): 0.
 * - cAdvisor looks at a container every 10 to 20 s (`housekeeping_interval` of the kubelet, 10 s, and cAdvisor's jitter: issue 3398), so two scrapes may
 *   see one reading. Its own timestamps are not kept (kube-prometheus, pull request 695).
 * What no source says: rates are spread evenly over orders of magnitude, CPU from a thousandth of a core to one, so that a node of 24 containers uses 3.5.
 */
const VALUES: Record<string, (reading: Reading) => number> = {
  container_cpu_usage_seconds_total: (at) => seconds(coresOf(at), at),
  container_cpu_user_seconds_total: (at) => seconds(0.7 * coresOf(at), at),
  container_cpu_system_seconds_total: (at) => seconds(0.3 * coresOf(at), at),
  container_cpu_cfs_periods_total: (at) => Math.round(at.count * PERIODS_AN_INTERVAL * (0.2 + 0.8 * fraction(at.unit, 1))),
  container_cpu_cfs_throttled_periods_total: (at) => Math.round(0.1 * at.count * PERIODS_AN_INTERVAL * fraction(at.unit, 1)),
  container_cpu_cfs_throttled_seconds_total: (at) => seconds(0.02 * coresOf(at), at),
  container_memory_working_set_bytes: pages,
  container_memory_usage_bytes: pages,
  container_memory_rss: pages,
  container_memory_cache: pages,
  container_fs_reads_bytes_total: (at) => PAGE * Math.round(amount(1e2, 1e5, at) / PAGE),
  container_fs_writes_bytes_total: (at) => PAGE * Math.round(amount(1e2, 1e5, at) / PAGE),
  container_last_seen: ({ timeMs }) => Math.floor(timeMs / 1000),
  container_processes: ({ id, cell }) => 1 + (id % 7) + (hash(id, cell) >>> 31),
  container_threads: ({ id, cell }) => 8 + (id % 30) + (hash(id, cell) >>> 30),
  container_network_receive_bytes_total: (at) => Math.round(amount(1e2, 1e6, at)),
  container_network_transmit_bytes_total: (at) => Math.round(amount(1e2, 1e6, at)),
  container_network_receive_packets_total: (at) => Math.round(amount(1e2, 1e6, at) / BYTES_A_PACKET),
  container_network_transmit_packets_total: (at) => Math.round(amount(1e2, 1e6, at) / BYTES_A_PACKET),
};
const CONSTANTS: Record<string, (id: number) => number> = {
  container_spec_cpu_quota: (id) => 10_000 * (1 + (id % 40)),
  container_spec_memory_limit_bytes: (id) => 2 ** 27 * (1 + (id % 16)),
  container_start_time_seconds: moment,
  container_fs_usage_bytes: (id) => PAGE * (id % 10_000),
  kube_pod_created: moment,
  kube_pod_start_time: moment,
  kube_pod_status_scheduled_time: moment,
  kube_pod_status_ready_time: moment,
  kube_pod_status_initialized_time: moment,
  kube_pod_status_container_ready_time: moment,
  kube_pod_container_state_started: moment,
  kube_pod_container_resource_requests: (id) => 0.05 * (1 + (id % 20)),
  kube_pod_container_resource_limits: (id) => 0.25 * (1 + (id % 16)),
  kube_pod_info: () => 1,
  kube_pod_labels: () => 1,
  kube_pod_container_status_running: () => 1,
  kube_pod_status_phase: (id) => id % 2,
};
const RESTING = [
  'container_cpu_cfs_throttled_seconds_total',
  'container_memory_cache',
  'container_fs_reads_bytes_total',
  'container_fs_writes_bytes_total',
  'container_processes',
  'container_threads',
];

const PAGE = 4096;
const INTERVAL_S = 15;
/** A CFS period is 100 ms. */
const PERIODS_AN_INTERVAL = 150;
const BYTES_A_PACKET = 600;
const DAY_MS = 86_400_000;
/** An interval of cAdvisor is INTERVAL_S, and up to this earlier or later. */
const JITTER_MS = 5000;

/** @returns `putValue` of all series; a value is a function of its series and time alone */
export function loadValues({ series, units }: LoadCluster): PutValue {
  const metrics = series.map(({ labels }) => labels.find(([name]) => name === '__name__')?.[1] as string);
  const isMoving = movingOf(metrics);
  return (view, at, id, timeMs) => {
    const metric = metrics[id] as string;
    const seed = hash(id, 0);
    const valueAt = VALUES[metric];
    const value = valueAt ? valueAt(readingOf(seed, units[id] as number, isMoving[id] ? timeMs : 0)) : (CONSTANTS[metric]?.(seed) ?? 0);
    view.setFloat64(at, value, true);
  };
}

/** Which series change, so that the share of the others is CONSTANT_SHARE. */
function movingOf(metrics: readonly string[]): boolean[] {
  const mayRest = metrics.filter((metric) => RESTING.includes(metric)).length;
  const alwaysRest = metrics.filter((metric) => !(metric in VALUES)).length;
  const share = (metrics.length * CONSTANT_SHARE) / 1000 - alwaysRest;
  return metrics.map((metric, id) => metric in VALUES && !(RESTING.includes(metric) && fraction(id, 7) < share / mayRest));
}

/** The last reading at a time: each unit has its own moment in the interval, and every reading its own jitter. */
function readingOf(id: number, unit: number, timeMs: number): Reading {
  const sinceMs = (timeMs % DAY_MS) + DAY_MS - (hash(unit, 2) % (1000 * INTERVAL_S));
  const begun = Math.floor(sinceMs / 1000 / INTERVAL_S);
  const cell = begun - (sinceMs - begun * 1000 * INTERVAL_S < hash(unit, begun) % JITTER_MS ? 1 : 0);
  const days = 5 * fraction(unit, 3);
  return { id, unit, cell, count: cell + Math.floor((days * DAY_MS) / 1000 / INTERVAL_S) + 0.9 * fraction(id, cell), timeMs };
}

/** What has come together at a rate of the series' own, between `low` and `high` a second. */
function amount(low: number, high: number, { id, count }: Reading): number {
  return count * INTERVAL_S * low * (high / low) ** fraction(id, 4);
}

function coresOf({ unit }: Reading): number {
  return 0.001 * 1000 ** fraction(unit, 5);
}

function seconds(cores: number, { count }: Reading): number {
  return Math.round(cores * count * INTERVAL_S * 1e6) / 1e6;
}

function moment(id: number): number {
  return 1_780_000_000 + (id % 1_000_000);
}

/** A slow swing of some thousand pages, and up to 128 from one reading to the next. */
function pages({ id, cell }: Reading): number {
  const swing = Math.round(3000 * Math.sin(cell / 80 + id));
  return ((id & 0x7ffff) + 8192 + swing + (hash(id, cell) >>> 25)) * PAGE;
}
