import type { ClusterQuality, QualityReport } from '@tallyship/console/quality';

/** The data-quality report for a terminal: clusters first, then what was found, each with what would help. */
export function reportText(report: QualityReport): string {
  return [
    `Data from ${report.from} to ${report.to}, checked at ${report.checkedAt}; prices of ${report.priceDate}`,
    '',
    ...report.clusters.flatMap(clusterLines),
    ...findingLines(report),
    '',
  ].join('\n');
}

function clusterLines({ cluster, lastSample, hours, missingHours, metrics }: ClusterQuality): string[] {
  const samples = hours.reduce((sum, hour) => sum + hour.samples, 0);
  const series = hours.reduce((most, hour) => Math.max(most, hour.series), 0);
  const absent = metrics.filter(({ hoursSeen, level }) => hoursSeen === 0 && level === 'optional');
  return [
    `Cluster ${cluster}`,
    `  last sample    ${lastSample ?? 'none in this range'}`,
    `  hours          ${hours.length} with data, ${missingHours.length} missing`,
    `  arrived        ${number(samples)} samples, up to ${number(series)} series in an hour`,
    ...(hours.length > 0 && absent.length > 0
      ? [`  not seen       ${absent.map(({ name }) => name).join(', ')} (fine where there is no such thing)`]
      : []),
    '',
  ];
}

/** What is said of several clusters in the same words is said once. */
function findingLines({ findings }: QualityReport): string[] {
  if (findings.length === 0) return ['All that costs need is there.'];
  const groups = [...Map.groupBy(findings, ({ code, message, remedy }) => `${code}\n${message}\n${remedy}`).values()];
  return [
    `${groups.length} ${groups.length === 1 ? 'thing' : 'things'} to look at:`,
    ...groups.flatMap((group) => {
      const { code, message, remedy } = group[0] as (typeof findings)[number];
      const clusters = group.flatMap(({ cluster }) => cluster ?? []);
      return [`  ${code}${namesOf(clusters)}: ${message}`, ...(remedy === null ? [] : [`      → ${remedy}`])];
    }),
  ];
}

const MAX_NAMES = 3;

function namesOf(clusters: string[]): string {
  if (clusters.length === 0) return '';
  const rest = clusters.length - MAX_NAMES;
  return ` (${clusters.slice(0, MAX_NAMES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''})`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
