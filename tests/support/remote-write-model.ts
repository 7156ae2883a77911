import type { ReadSeries } from './remote-write-messages.ts';

/** The receiver's rules for content, written a second time and naively. Limits as the settings name them. */
export type ModelLimits = {
  maxSampleAgeMs: number;
  maxSampleFutureMs: number;
  maxLabels: number;
  maxLabelNameBytes: number;
  maxLabelValueBytes: number;
};
export type ModelRow = { labels: string; timeMs: bigint; bits: bigint };
export type ModelOutcome = { rows: ModelRow[]; samples: number; refused: number; exemplars: number; histograms: number };

export function takeSeries(series: readonly ReadSeries[], limits: ModelLimits, receivedAtMs: number): ModelOutcome {
  const outcome: ModelOutcome = { rows: [], samples: 0, refused: 0, exemplars: 0, histograms: 0 };
  const oldest = BigInt(receivedAtMs - limits.maxSampleAgeMs);
  const newest = BigInt(receivedAtMs + limits.maxSampleFutureMs);
  for (const one of series) {
    const labels = canonicalOf(one.labels, limits);
    outcome.samples += one.samples.length;
    outcome.exemplars += one.exemplars;
    outcome.histograms += one.histograms;
    for (const { timeMs, bits } of one.samples) {
      if (labels === undefined || timeMs < oldest || timeMs > newest) outcome.refused++;
      else outcome.rows.push({ labels, timeMs, bits });
    }
  }
  return outcome;
}

/** @returns the label set as JSON pairs sorted by name, empty values left out; undefined when the series is refused */
export function canonicalOf(labels: ReadSeries['labels'], limits: ModelLimits): string | undefined {
  if (typeof labels === 'string' || labels.length > limits.maxLabels) return undefined;
  const texts: [string, string][] = [];
  for (const [name, value] of labels) {
    const pair = [textOf(name), textOf(value)];
    if (pair[0] === undefined || pair[1] === undefined) return undefined;
    if (name.length === 0 || name.length > limits.maxLabelNameBytes || value.length > limits.maxLabelValueBytes) return undefined;
    texts.push(pair as [string, string]);
  }
  if (new Set(texts.map(([name]) => name)).size < texts.length) return undefined;
  const present = texts.filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1));
  return present.some(([name]) => name === '__name__') ? JSON.stringify(present) : undefined;
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
