import { Counter, Gauge, type Registry } from 'prom-client';
import type { Outcome } from './decode/batch.ts';
import { PACKED_KINDS, type PackedKind } from './decode/packed-rows.ts';

export type CollectorGauges = {
  openSamples: () => number;
  openSeries: () => number;
  seriesBytes: () => number;
  logBytes: () => number;
  inflightBytes: () => number;
  unshippedBytes: () => number;
};

/** The collector's own metrics. */
export class CollectorTelemetry {
  readonly #samples: Counter<'outcome'>;
  readonly #beside: Record<PackedKind, Counter<'outcome'>>;
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
    const beside = (kind: PackedKind, help: string) =>
      new Counter({
        name: `collector_${kind}_total`,
        help: `${help} received, by what became of them`,
        labelNames: ['outcome'],
        registers,
      });
    this.#beside = { histograms: beside('histograms', 'Native histograms'), exemplars: beside('exemplars', 'Exemplars') };
    this.#repeats = new Counter({ name: 'collector_repeated_requests_total', help: 'Requests recognised as sent before', registers });
    this.#sealedRows = new Counter({ name: 'collector_sealed_samples_total', help: 'Samples in sealed files', registers });
    this.#sealedFiles = new Counter({ name: 'collector_sealed_generations_total', help: 'Generations of an hour sealed', registers });
    this.#sealFailures = new Counter({ name: 'collector_seal_failures_total', help: 'Seals that failed and are tried again', registers });
    const measured = [
      ['collector_open_samples', 'Samples in memory, not sealed yet', gauges.openSamples],
      ['collector_open_series', 'Label sets in memory', gauges.openSeries],
      ['collector_series_bytes', 'Bytes of label sets, those of hours that wait to be sealed included', gauges.seriesBytes],
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

  received({ received, refused }: Outcome): void {
    this.#samples.inc({ outcome: 'written' }, received.samples - refused.samples);
    this.#samples.inc({ outcome: 'refused' }, refused.samples);
    for (const kind of PACKED_KINDS) {
      this.#beside[kind].inc({ outcome: 'written' }, received[kind] - refused[kind]);
      this.#beside[kind].inc({ outcome: 'refused' }, refused[kind]);
    }
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
