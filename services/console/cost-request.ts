import type { CostQuery, Group, Step } from '@tallyship/cost/cost-query';
import { ParameterError, quoted, readParameters } from './parameters.ts';
import { DAY_MS, limitRange, readTimeRange, type TimeRange } from './time-range.ts';

export type CostFormat = 'json' | 'csv';
/** `format` is undefined when the request leaves it to its Accept header. */
export type CostRequest = { query: CostQuery; format: CostFormat | undefined };

const PLAIN_GROUPS = ['namespace', 'workload', 'pod', 'container', 'node', 'team'] as const;
const FORMATS = ['json', 'csv'] as const;
/** Longest range for a step, in days: an answer stays one that a page and a spreadsheet can hold. */
export const MAX_RANGE_DAYS = { hour: 31, day: 400, month: 400 } as const satisfies Record<Step, number>;
const LABEL_KEY = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,315}[A-Za-z0-9])?$/;

/**
 * Reads the query string of `GET /api/costs`.
 * @throws ParameterError naming the first parameter that cannot be used
 */
export function readCostRequest(search: URLSearchParams, nowMs: number): CostRequest {
  const given = readParameters(search, ['group', 'from', 'to', 'step', 'format']);
  const group = readGroup(given.group ?? 'namespace');
  const range = readTimeRange(given, nowMs);
  const step = given.step === undefined ? stepFor(range) : readChoice('step', given.step, Object.keys(MAX_RANGE_DAYS) as Step[]);
  limitRange(range, MAX_RANGE_DAYS[step], `step ${step}`);
  return { query: { ...range, step, group }, format: given.format === undefined ? undefined : readChoice('format', given.format, FORMATS) };
}

/** The form in which a group stands in a query string. */
export function groupName(group: Group): string {
  return group.kind === 'label' ? `label:${group.key}` : group.kind;
}

function readGroup(value: string): Group {
  const kind = PLAIN_GROUPS.find((candidate) => candidate === value);
  if (kind !== undefined) return { kind };
  if (!value.startsWith('label:'))
    throw new ParameterError('group', `group ${quoted(value)} is not one of ${PLAIN_GROUPS.join(', ')}, label:<key>`);
  const key = value.slice('label:'.length);
  if (!LABEL_KEY.test(key))
    throw new ParameterError('group', `group ${quoted(value)} does not end in a label key such as label:app.kubernetes.io/name`);
  return { kind: 'label', key };
}

function stepFor({ fromMs, toMs }: TimeRange): Step {
  const days = (toMs - fromMs) / DAY_MS;
  if (days <= 2) return 'hour';
  return days <= 92 ? 'day' : 'month';
}

function readChoice<T extends string>(parameter: string, value: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw new ParameterError(parameter, `${parameter} ${quoted(value)} is not one of ${choices.join(', ')}`);
  return choice;
}
