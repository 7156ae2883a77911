import { type HistogramRow, histogramRow } from './histogram-model.ts';
import type { ReadLabels, ReadSeries } from './remote-write-messages.ts';

/** The receiver's rules for content, written a second time and naively. Limits as the settings name them. */
export type ModelLimits = {
  maxSampleAgeMs: number;
  maxSampleFutureMs: number;
  maxLabels: number;
  maxLabelNameBytes: number;
  maxLabelValueBytes: number;
  maxHistogramBuckets: number;
};
export type ModelRow = { labels: string; timeMs: bigint; bits: bigint };
export type Counts = { samples: number; histograms: number; exemplars: number };
export type ModelOutcome = {
  rows: ModelRow[];
  histograms: { labels: string; timeMs: bigint; row: HistogramRow }[];
  /** Labels of the exemplar as JSON pairs too. */
  exemplars: { labels: string; timeMs: bigint; bits: bigint; exemplar: string }[];
  received: Counts;
  refused: Counts;
};

export function takeSeries(series: readonly ReadSeries[], limits: ModelLimits, receivedAtMs: number): ModelOutcome {
  const none: Counts = { samples: 0, histograms: 0, exemplars: 0 };
  const outcome: ModelOutcome = { rows: [], histograms: [], exemplars: [], received: { ...none }, refused: { ...none } };
  const { received, refused } = outcome;
  const oldest = BigInt(receivedAtMs - limits.maxSampleAgeMs);
  const newest = BigInt(receivedAtMs + limits.maxSampleFutureMs);
  const isInTime = (timeMs: number | bigint) => timeMs >= oldest && timeMs <= newest;
  for (const one of series) {
    const labels = canonicalOf(one.labels, limits);
    received.samples += one.samples.length;
    received.histograms += one.histograms.length;
    received.exemplars += one.exemplars.length;
    for (const { timeMs, bits } of one.samples) {
      if (labels === undefined || !isInTime(timeMs)) refused.samples++;
      else outcome.rows.push({ labels, timeMs, bits });
    }
    for (const histogram of one.histograms) {
      const row = histogramRow(histogram, one.createdMs, limits.maxHistogramBuckets);
      if (labels === undefined || row === undefined || !isInTime(histogram.timeMs)) refused.histograms++;
      else outcome.histograms.push({ labels, timeMs: BigInt(histogram.timeMs), row });
    }
    for (const { labels: own, timeMs, bits } of one.exemplars) {
      const exemplar = exemplarLabels(own);
      if (labels === undefined || exemplar === undefined || !isInTime(timeMs)) refused.exemplars++;
      else outcome.exemplars.push({ labels, timeMs, bits, exemplar });
    }
  }
  return outcome;
}

/** At most 128 characters in names and values together. */
function exemplarLabels(labels: ReadLabels): string | undefined {
  const texts = typeof labels === 'string' ? undefined : textsOf(labels);
  if (!texts || texts.some(([name]) => name === '')) return undefined;
  const characters = texts.flat().reduce((sum, text) => sum + [...text].length, 0);
  return characters > 128 ? undefined : presentOf(texts);
}

/** @returns the label set as JSON pairs sorted by name, empty values left out; undefined when the series is refused */
export function canonicalOf(labels: ReadLabels, limits: ModelLimits): string | undefined {
  if (typeof labels === 'string' || labels.length > limits.maxLabels) return undefined;
  const isLong = ([name, value]: (typeof labels)[number]) =>
    name.length > limits.maxLabelNameBytes || value.length > limits.maxLabelValueBytes;
  if (labels.some(([name]) => name.length === 0) || labels.some(isLong)) return undefined;
  const texts = textsOf(labels);
  return texts?.some(([name, value]) => name === '__name__' && value !== '') ? presentOf(texts) : undefined;
}

/** @returns undefined when one is not UTF-8 */
function textsOf(labels: readonly [Uint8Array, Uint8Array][]): [string, string][] | undefined {
  const texts = labels.map(([name, value]) => [textOf(name), textOf(value)]);
  return texts.flat().includes(undefined) ? undefined : (texts as [string, string][]);
}

/** @returns undefined when a name comes twice */
function presentOf(texts: readonly [string, string][]): string | undefined {
  if (new Set(texts.map(([name]) => name)).size < texts.length) return undefined;
  return JSON.stringify(texts.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1)));
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
