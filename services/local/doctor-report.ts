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

function findingLines({ findings }: QualityReport): string[] {
  if (findings.length === 0) return ['All that costs need is there.'];
  return [
    `${findings.length} ${findings.length === 1 ? 'thing' : 'things'} to look at:`,
    ...findings.flatMap(({ code, cluster, message, remedy }) => [
      `  ${code}${cluster === null ? '' : ` (${cluster})`}: ${message}`,
      ...(remedy === null ? [] : [`      → ${remedy}`]),
    ]),
  ];
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
