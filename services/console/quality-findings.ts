import type { CostAnswer } from '@tallyship/cost/cost-query';
import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import type { HourSeen } from './hours-seen.ts';
import { ALLOWLIST, REQUIREMENTS } from './required-metrics.ts';
import { isoTime, type TimeRange } from './time-range.ts';

export type FindingCode = 'no-data' | 'late' | 'missing-hours' | 'absent' | 'gaps' | 'unpriced' | 'cost-warning';
/** Something that is wrong or missing, and what would help. `cluster` is null where it concerns no single one. */
export type Finding = { code: FindingCode; cluster: string | null; message: string; remedy: string | null };

/** What one cluster sent in the range. */
export type ClusterHours = {
  cluster: string;
  /** Data older than the range exists, so an hour without any is a hole, not a time before the cluster was connected. */
  isKnownBefore: boolean;
  hours: readonly HourSeen[];
};
export type Observed = { clusters: readonly ClusterHours[]; costs: Pick<CostAnswer, 'unpriced' | 'warnings'> };

/** Usage reaches the lake within 15 minutes; some more for a slow seal and clocks that differ. */
const LATE_MS = 20 * 60_000;
const SHOWN_HOURS = 3;

/** Judges what arrived. Nothing found means that costs of the range can be trusted. */
export function findFaults({ clusters, costs }: Observed, range: TimeRange, nowMs: number): Finding[] {
  if (clusters.length === 0) {
    const remedy = 'send remote write to the collector (its address is printed at start), then wait for the first seal';
    return [
      { code: 'no-data', cluster: null, message: `the lake has no usage from ${isoTime(range.fromMs)} to ${isoTime(range.toMs)}`, remedy },
    ];
  }
  return [
    ...clusters.flatMap((cluster) => [...arrivalFaults(cluster, range, nowMs), ...metricFaults(cluster, nowMs)]),
    ...unpricedFaults(costs.unpriced),
    ...costs.warnings.map((message): Finding => ({ code: 'cost-warning', cluster: null, message, remedy: null })),
  ];
}

/** Hours of the range that are over, lie after the cluster's first data, and hold nothing. */
export function missingHours({ isKnownBefore, hours }: ClusterHours, range: TimeRange, nowMs: number): number[] {
  const present = new Set(hours.map(({ hourMs }) => hourMs));
  const missing: number[] = [];
  const firstMs = isKnownBefore ? range.fromMs : (hours[0]?.hourMs ?? range.toMs);
  const endMs = Math.min(range.toMs, Math.floor(nowMs / HOUR_MS) * HOUR_MS);
  for (let hourMs = firstMs; hourMs < endMs; hourMs += HOUR_MS) if (!present.has(hourMs)) missing.push(hourMs);
  return missing;
}

export function lastSampleMs({ hours }: ClusterHours): number | null {
  return hours.reduce<number | null>((last, hour) => (hour.lastSampleMs === null ? last : Math.max(last ?? 0, hour.lastSampleMs)), null);
}

function arrivalFaults(observed: ClusterHours, range: TimeRange, nowMs: number): Finding[] {
  const { cluster } = observed;
  const faults: Finding[] = [];
  const last = lastSampleMs(observed);
  if (last === null)
    return [
      {
        code: 'no-data',
        cluster,
        message: 'nothing arrived in this range, but before it',
        remedy: 'is its Prometheus running and its remote_write reaching the collector?',
      },
    ];
  if (nowMs < range.toMs && nowMs - last > LATE_MS)
    faults.push({
      code: 'late',
      cluster,
      message: `the last sample is of ${isoTime(last)}, ${Math.round((nowMs - last) / 60_000)} minutes ago`,
      remedy: 'look at prometheus_remote_storage_samples_pending of the sender and at /readyz of the collector',
    });
  const missing = missingHours(observed, range, nowMs);
  if (missing.length > 0)
    faults.push({
      code: 'missing-hours',
      cluster,
      message: `${count(missing.length, 'hour')} without data: ${shownHours(missing)}`,
      remedy: 'costs of these hours are unknown, not 0; a sender that still has the samples can send them for 7 days',
    });
  return faults;
}

function metricFaults({ cluster, hours }: ClusterHours, nowMs: number): Finding[] {
  // The running hour's usage is still being gathered: what it lacks may be minutes away.
  const over = hours.filter(({ hourMs }) => hourMs + HOUR_MS <= nowMs);
  return REQUIREMENTS.flatMap((requirement, i): Finding[] => {
    if (hours.length === 0 || requirement.level === 'optional') return [];
    const remedy = requirement.howToGet;
    if (!hours.some(({ seen }) => seen[i]))
      return [
        { code: 'absent', cluster, message: `${requirement.name} is absent (${requirement.level}; for ${requirement.neededFor})`, remedy },
      ];
    const without = over.filter(({ seen }) => !seen[i]).map(({ hourMs }) => hourMs);
    if (without.length === 0) return [];
    return [
      {
        code: 'gaps',
        cluster,
        message: `${requirement.name} is absent in ${count(without.length, 'hour')}: ${shownHours(without)}`,
        remedy,
      },
    ];
  });
}

function unpricedFaults(unpriced: CostAnswer['unpriced']): Finding[] {
  return unpriced.map(({ cluster, kind, name, reason, hours }): Finding => {
    const message = `${kind === 'node' ? 'node ' : ''}${name} is unpriced in ${count(hours, 'hour')}: ${reason}`;
    const remedy =
      reason.startsWith('no kube_node_labels') || reason.includes('has no label')
        ? ALLOWLIST
        : 'add a price row to the file that PRICES_FILE names (docs/costs.md)';
    return { code: 'unpriced', cluster, message, remedy };
  });
}

function shownHours(hours: readonly number[]): string {
  const shown = hours.slice(0, SHOWN_HOURS).map(isoTime).join(', ');
  return hours.length > SHOWN_HOURS ? `${shown} and ${hours.length - SHOWN_HOURS} more` : shown;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
