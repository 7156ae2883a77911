import { type Batch, BatchBuilder } from '../decode/batch.ts';
import type { IngestLimits } from '../decode/limits.ts';
import type { SeriesTable } from '../decode/series-table.ts';
import { compileRules, type FilterRules } from './filter-rules.ts';
import { convertGpuSamples, GPU_METRICS, type GpuMetric, type GpuSample } from './gpu-samples.ts';

/** Which of CloudZero's files a metric goes to; it may be both. */
export type FileKind = 'cost' | 'observability';

/** CloudZero's share of what is received: the metrics that its lists name, GPU samples under its own names. */
export class RowSelection {
  readonly #kinds: Record<FileKind, (metric: string) => boolean>;
  readonly #decided = new WeakMap<SeriesTable, (boolean | GpuMetric)[]>();
  readonly #builder = new BatchBuilder();

  /** @throws SyntaxError for a regex that is none */
  constructor(rules: FilterRules) {
    this.#kinds = { cost: compileRules(rules.cost), observability: compileRules(rules.observability) };
  }

  goesTo(kind: FileKind, metric: string): boolean {
    return this.#kinds[kind](metric);
  }

  /** @returns a batch of the rows that are kept and of those that GPU samples become; histograms and exemplars have no place in CloudZero's files */
  select(batch: Batch): Batch {
    const { table, rows, series, timesMs, bits } = batch;
    const values = new Float64Array(bits.buffer, bits.byteOffset, rows);
    const gpuSamples: GpuSample[] = [];
    this.#builder.start(UNLIMITED, 0);
    for (let row = 0; row < rows; row++) {
      const index = series[row] as number;
      const decision = this.#decide(table, index);
      const timeMs = timesMs[row] as number;
      if (decision === true) this.#builder.sample(index, timeMs, bits[2 * row] as number, bits[2 * row + 1] as number);
      else if (decision !== false)
        gpuSamples.push({ metric: decision, series: table.seriesAt(index), timeMs, value: values[row] as number });
    }
    for (const { pairs, timeMs, value } of convertGpuSamples(gpuSamples)) {
      const index = table.indexOfSet(pairs);
      if (typeof index === 'number' && this.#decide(table, index) === true) this.#builder.sample(index, timeMs, ...wordsOf(value));
    }
    return this.#builder.finish(table);
  }

  #decide(table: SeriesTable, index: number): boolean | GpuMetric {
    const decided = this.#decided.get(table) ?? [];
    this.#decided.set(table, decided);
    const known = decided[index];
    if (known !== undefined) return known;
    const metric = table.seriesAt(index).columns[0] as string;
    const decision = GPU_METRICS[metric as keyof typeof GPU_METRICS] ?? (this.#kinds.cost(metric) || this.#kinds.observability(metric));
    decided[index] = decision;
    return decision;
  }
}

// The rows were checked when they were received.
const UNLIMITED: IngestLimits = {
  maxSampleAgeMs: Number.POSITIVE_INFINITY,
  maxSampleFutureMs: Number.POSITIVE_INFINITY,
  maxLabels: Number.POSITIVE_INFINITY,
  maxLabelNameBytes: Number.POSITIVE_INFINITY,
  maxLabelValueBytes: Number.POSITIVE_INFINITY,
  maxRequestSamples: Number.POSITIVE_INFINITY,
  maxRequestSeries: Number.POSITIVE_INFINITY,
  maxHistogramBuckets: Number.POSITIVE_INFINITY,
};

const scratch = new DataView(new ArrayBuffer(8));

function wordsOf(value: number): [low: number, high: number] {
  scratch.setFloat64(0, value, true);
  return [scratch.getUint32(0, true), scratch.getUint32(4, true)];
}
