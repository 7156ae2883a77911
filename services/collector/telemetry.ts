import { Counter, Gauge, type Registry } from 'prom-client';
import type { Outcome } from './decode/batch.ts';

export type CollectorGauges = {
  openSamples: () => number;
  openSeries: () => number;
  logBytes: () => number;
  inflightBytes: () => number;
  unshippedBytes: () => number;
};

/** The collector's own metrics. */
export class CollectorTelemetry {
  readonly #samples: Counter<'outcome'>;
  readonly #dropped: Counter<'kind'>;
  readonly #repeats: Counter;
  readonly #sealedRows: Counter;
  readonly #sealedFiles: Counter;
  readonly #sealFailures: Counter;

  constructor(registry: Registry, gauges: CollectorGauges) {
    const registers = [registry];
    this.#samples = new Counter({
      name: 'collector_samples_total',
      help: 'Samples received, by what became of them',
      labelNames: ['outcome'],
      registers,
    });
    this.#dropped = new Counter({
      name: 'collector_dropped_total',
      help: 'Histograms and exemplars received; they are not stored',
      labelNames: ['kind'],
      registers,
    });
    this.#repeats = new Counter({ name: 'collector_repeated_requests_total', help: 'Requests recognised as sent before', registers });
    this.#sealedRows = new Counter({ name: 'collector_sealed_samples_total', help: 'Samples in sealed files', registers });
    this.#sealedFiles = new Counter({ name: 'collector_sealed_generations_total', help: 'Generations of an hour sealed', registers });
    this.#sealFailures = new Counter({ name: 'collector_seal_failures_total', help: 'Seals that failed and are tried again', registers });
    const measured = [
      ['collector_open_samples', 'Samples in memory, not sealed yet', gauges.openSamples],
      ['collector_open_series', 'Label sets in memory', gauges.openSeries],
      ['collector_log_bytes', 'Size of the segment log', gauges.logBytes],
      ['collector_inflight_bytes', 'Bytes of request bodies held', gauges.inflightBytes],
      ['collector_unshipped_bytes', 'Sealed files of the lake that wait for their upload', gauges.unshippedBytes],
    ] as const;
    for (const [name, help, read] of measured) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    }
  }

  received({ samples, refusedSamples, histograms, exemplars }: Outcome): void {
    this.#samples.inc({ outcome: 'written' }, samples - refusedSamples);
    this.#samples.inc({ outcome: 'refused' }, refusedSamples);
    this.#dropped.inc({ kind: 'histogram' }, histograms);
    this.#dropped.inc({ kind: 'exemplar' }, exemplars);
  }

  repeated(): void {
    this.#repeats.inc();
  }

  sealed(rows: number): void {
    this.#sealedRows.inc(rows);
    this.#sealedFiles.inc();
  }

  sealFailed(): void {
    this.#sealFailures.inc();
  }
}
