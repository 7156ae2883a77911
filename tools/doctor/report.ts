import type { Finding } from './finding.ts';

/** One line a finding, then how many there are of each kind. */
export function reportText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.map(({ status, check, message }) => `${status.padEnd(4)}  ${check.padEnd(width)}  ${message}`);
  const number = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length;
  return `${[...lines, `${number('ok')} ok, ${number('warn')} warn, ${number('fail')} fail`].join('\n')}\n`;
}
