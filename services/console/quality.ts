import type { CostAnswer, CostQuery } from '@tallyship/cost/cost-query';
import type { DamagedFiles } from '@tallyship/cost/damaged-files';
import type { LakeFiles, ListedFile } from '@tallyship/cost/lake-files';
import type { Lake } from './duckdb-lake.ts';
import { type HourSeen, readHoursSeen } from './hours-seen.ts';
import { readParameters } from './parameters.ts';
import { type ClusterHours, type Finding, findFaults, lastSampleMs, missingHours } from './quality-findings.ts';
import { REQUIREMENTS, type RequirementLevel } from './required-metrics.ts';
import { DAY_MS, isoTime, limitRange, readTimeRange, type TimeRange } from './time-range.ts';

/** The data-quality report: what arrives and what is missing for costs. Times are ISO, UTC. */
export type QualityReport = {
  from: string;
  to: string;
  checkedAt: string;
  isHealthy: boolean;
  findings: Finding[];
  clusters: ClusterQuality[];
  priceDate: string;
};
export type ClusterQuality = {
  cluster: string;
  lastSample: string | null;
  hours: { start: string; series: number; samples: number }[];
  missingHours: string[];
  metrics: { name: string; level: RequirementLevel; neededFor: string; howToGet: string; hoursSeen: number }[];
};

/** What the report is made from; `costs` answers a cost query over the same lake. */
export type QualitySource = {
  lake: Pick<Lake, 'query'>;
  files: LakeFiles;
  damaged: DamagedFiles;
  costs(query: CostQuery): Promise<CostAnswer>;
};

export const MAX_QUALITY_DAYS = 31;
/** How far before the range a cluster is looked for, to tell a hole from the time before it was connected. */
const LOOKBACK_MS = 7 * DAY_MS;

/**
 * Reads the query string of `GET /api/quality`: `from` and `to` as for costs.
 * @throws ParameterError naming the parameter that cannot be used
 */
export function readQualityRange(search: URLSearchParams, nowMs: number): TimeRange {
  const range = readTimeRange(readParameters(search, ['from', 'to']), nowMs);
  limitRange(range, MAX_QUALITY_DAYS, 'a data-quality report');
  return range;
}

/** Reports on the lake's data in `range`, as of `nowMs`. */
export async function queryQuality(source: QualitySource, range: TimeRange, nowMs: number): Promise<QualityReport> {
  const listed = await source.files.list('usage', range.fromMs, range.toMs);
  const before = await source.files.list('usage', range.fromMs - LOOKBACK_MS, range.fromMs);
  const known = new Set(before.map(({ account, region, cluster }) => `${account}/${region}/${cluster}`));
  // What is left out here the costs below say, which are of the same files.
  const clusters = byCluster(await hoursSeen(source, listed), known);
  const costs = await source.costs({ ...range, step: 'day', group: { kind: 'node' } });
  const findings = findFaults({ clusters, costs }, range, nowMs);
  return {
    from: isoTime(range.fromMs),
    to: isoTime(range.toMs),
    checkedAt: isoTime(nowMs),
    isHealthy: findings.length === 0,
    findings,
    clusters: clusters.map((cluster) => clusterQuality(cluster, range, nowMs)),
    priceDate: costs.priceDate,
  };
}

/** A day at a time: a cache need not hold the whole range. */
async function hoursSeen({ lake, files, damaged }: QualitySource, listed: readonly ListedFile[]): Promise<HourSeen[]> {
  const days = Map.groupBy(listed, ({ hourStartMs }) => Math.floor(hourStartMs / DAY_MS));
  const hours: HourSeen[] = [];
  for (const day of [...days.keys()].sort((a, b) => a - b)) {
    await files.reading(async (open) => {
      const { rows } = await damaged.reading(lake, await open(days.get(day) ?? []), (whole) => readHoursSeen(lake, whole));
      hours.push(...rows);
    });
  }
  return hours;
}

function byCluster(hours: readonly HourSeen[], known: ReadonlySet<string>): ClusterHours[] {
  const names = new Set([...known, ...hours.map(({ cluster }) => cluster)]);
  return [...names]
    .sort()
    .map((cluster) => ({ cluster, isKnownBefore: known.has(cluster), hours: hours.filter((hour) => hour.cluster === cluster) }));
}

function clusterQuality(observed: ClusterHours, range: TimeRange, nowMs: number): ClusterQuality {
  const last = lastSampleMs(observed);
  return {
    cluster: observed.cluster,
    lastSample: last === null ? null : isoTime(last),
    hours: observed.hours.map(({ hourMs, series, samples }) => ({ start: isoTime(hourMs), series, samples })),
    missingHours: missingHours(observed, range, nowMs).map(isoTime),
    metrics: REQUIREMENTS.map(({ name, level, neededFor, howToGet }, i) => ({
      name,
      level,
      neededFor,
      howToGet,
      hoursSeen: observed.hours.filter(({ seen }) => seen[i]).length,
    })),
  };
}
