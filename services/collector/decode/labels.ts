import { hash } from 'node:crypto';
import { LABEL_COLUMNS } from '@tallyship/shared/contracts/columns';
import type { IngestLimits } from './limits.ts';

/** A label set in canonical form, split into the lake's columns. */
export type Series = {
  /** Values in the order of LABEL_COLUMNS; '' for an absent label. */
  columns: readonly string[];
  haReplica: string;
  /** JSON object of all other labels, keys sorted. */
  labels: string;
  /** 32 hex digits. */
  seriesId: string;
};

export type LabelPair = [name: string, value: string];
export type Refusal = { refused: string };

const COLUMN_OF = new Map<string, number>(LABEL_COLUMNS.map((name, at) => [name === 'metric' ? '__name__' : name, at]));

/**
 * Canonical form: sorted by name, an empty value is an absent label. Senders may send any order (remote write receivers' compliance suite).
 * @returns the series, or why it is refused
 */
export function canonicalSeries(pairs: readonly LabelPair[], haReplicaLabel: string, limits: IngestLimits): Series | Refusal {
  if (pairs.length > limits.maxLabels) return { refused: `more than ${limits.maxLabels} labels (MAX_LABELS)` };
  const sorted = isSorted(pairs) ? pairs : pairs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  let previous: string | undefined;
  for (const [name, value] of sorted) {
    if (name === '') return { refused: 'empty label name' };
    if (name === previous) return { refused: 'duplicate label name' };
    if (isLonger(name, limits.maxLabelNameBytes))
      return { refused: `label name over ${limits.maxLabelNameBytes} bytes (MAX_LABEL_NAME_BYTES)` };
    if (isLonger(value, limits.maxLabelValueBytes))
      return { refused: `label value over ${limits.maxLabelValueBytes} bytes (MAX_LABEL_VALUE_BYTES)` };
    previous = name;
  }
  const present = sorted.filter(([, value]) => value !== '');
  const columns = new Array<string>(LABEL_COLUMNS.length).fill('');
  const rest: LabelPair[] = [];
  let haReplica = '';
  for (const pair of present) {
    const column = COLUMN_OF.get(pair[0]);
    if (column !== undefined) columns[column] = pair[1];
    else if (pair[0] === haReplicaLabel) haReplica = pair[1];
    else rest.push(pair);
  }
  if (columns[0] === '') return { refused: 'no metric name' };
  return { columns, haReplica, labels: jsonObject(rest), seriesId: seriesIdOf(present) };
}

/** The label set that a series was made of, the HA replica label apart: that one is known by its value alone. */
export function labelPairs(series: Series): LabelPair[] {
  const named = [...COLUMN_OF].map(([name, column]): LabelPair => [name, series.columns[column] as string]);
  const rest = Object.entries(JSON.parse(series.labels) as Record<string, string>);
  return [...named.filter(([, value]) => value !== ''), ...rest];
}

/** As nearly every sender sends them. */
function isSorted(pairs: readonly LabelPair[]): boolean {
  for (let at = 1; at < pairs.length; at++) if ((pairs[at - 1] as LabelPair)[0] > (pairs[at] as LabelPair)[0]) return false;
  return true;
}

/** A UTF-16 unit takes three bytes at most: hardly any text has to be measured. */
function isLonger(text: string, maxBytes: number): boolean {
  return 3 * text.length > maxBytes && Buffer.byteLength(text) > maxBytes;
}

/** First 128 bits of SHA-256 over `["name","value"],…` as JSON: ids are equal wherever the label sets are. */
function seriesIdOf(present: readonly LabelPair[]): string {
  return hash('sha256', JSON.stringify(present), 'hex').slice(0, 32);
}

/** Built by hand: JSON.stringify of an object would reorder names that look like numbers, and drop `__proto__`. */
export function jsonObject(pairs: readonly LabelPair[]): string {
  return `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}
