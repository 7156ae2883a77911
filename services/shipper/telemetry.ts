import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { CloudZeroTelemetry } from './cloudzero-telemetry.ts';
import type { Shipment } from './ledger.ts';
import type { Proof } from './put-file.ts';
import { FAULTS, type FaultKind, type ShipFault } from './ship-fault.ts';

/** `foreignFiles` have a key that no target can take; they are left alone. */
export type Backlog = { unshippedFiles: number; unshippedBytes: number; foreignFiles: number; oldestMs: number | undefined };

/** The shipper's metrics, in its own words and, beside them, in CloudZero's. */
export class ShipperTelemetry {
  readonly cloudZero: CloudZeroTelemetry;
  readonly #cycles: Counter<'target' | 'outcome'>;
  readonly #files: Counter<'target'>;
  readonly #bytes: Counter<'target'>;
  readonly #rows: Counter<'target'>;
  readonly #proofs: Counter<'target' | 'proof'>;
  readonly #unchanged: Counter<'target'>;
  readonly #faults: Counter<'target' | 'fault'>;
  readonly #lostFiles: Counter<'target'>;
  readonly #lostBytes: Counter<'target'>;
  readonly #purged: Counter<'reason'>;
  readonly #seconds: Histogram<'target'>;
  readonly #backlogFiles: Gauge<'target'>;
  readonly #backlogBytes: Gauge<'target'>;
  readonly #backlogAge: Gauge<'target'>;
  readonly #foreign: Gauge<'target'>;
  readonly #succeededAt: Gauge<'target'>;
  readonly #isHealthy: Gauge<'target'>;
  readonly #dataBytes: Gauge;

  constructor(registry: Registry, targets: readonly string[]) {
    this.cloudZero = new CloudZeroTelemetry(registry);
    const registers = [registry];
    const byTarget = { labelNames: ['target'] as const, registers };
    this.#cycles = new Counter({ name: 'shipper_cycles_total', help: 'Cycles, by outcome', labelNames: ['target', 'outcome'], registers });
    this.#files = new Counter({ name: 'shipper_shipped_files_total', help: 'Files uploaded, verified and marked', ...byTarget });
    this.#bytes = new Counter({ name: 'shipper_shipped_bytes_total', help: 'Bytes of those files as sent', ...byTarget });
    this.#rows = new Counter({ name: 'shipper_shipped_rows_total', help: 'Rows of those files', ...byTarget });
    this.#proofs = new Counter({
      name: 'shipper_verified_total',
      help: 'Uploads, by what in the answer proves the bytes',
      labelNames: ['target', 'proof'],
      registers,
    });
    this.#unchanged = new Counter({
      name: 'shipper_unchanged_files_total',
      help: 'Files that the target has already, by the ledger',
      ...byTarget,
    });
    this.#faults = new Counter({ name: 'shipper_faults_total', help: 'What went wrong', labelNames: ['target', 'fault'], registers });
    this.#lostFiles = new Counter({ name: 'shipper_lost_files_total', help: 'Unshipped files given up over the quota', ...byTarget });
    this.#lostBytes = new Counter({
      name: 'shipper_lost_bytes_total',
      help: 'Bytes of unshipped files given up over the quota',
      ...byTarget,
    });
    this.#purged = new Counter({ name: 'shipper_purged_files_total', help: 'Shipped files removed', labelNames: ['reason'], registers });
    this.#seconds = new Histogram({
      name: 'shipper_upload_seconds',
      help: 'Time of an upload that succeeded',
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800],
      ...byTarget,
    });
    this.#backlogFiles = new Gauge({ name: 'shipper_unshipped_files', help: 'Files not shipped yet', ...byTarget });
    this.#backlogBytes = new Gauge({ name: 'shipper_unshipped_bytes', help: 'Bytes not shipped yet', ...byTarget });
    this.#backlogAge = new Gauge({ name: 'shipper_oldest_unshipped_seconds', help: 'Age of the oldest file not shipped yet', ...byTarget });
    this.#foreign = new Gauge({ name: 'shipper_foreign_files', help: 'Files that no target can take by their name', ...byTarget });
    this.#succeededAt = new Gauge({
      name: 'shipper_last_success_timestamp_seconds',
      help: 'End of the last cycle without a fault',
      ...byTarget,
    });
    this.#isHealthy = new Gauge({ name: 'shipper_target_up', help: '1 when the last cycle had no fault', ...byTarget });
    this.#dataBytes = new Gauge({ name: 'shipper_data_bytes', help: 'Ready, sent and shipped files together', registers });
    for (const target of targets) {
      for (const fault of FAULTS) this.#faults.inc({ target, fault }, 0);
      for (const counter of [this.#files, this.#lostFiles, this.#lostBytes]) counter.inc({ target }, 0);
    }
  }

  cycleEnded(target: string, isClean: boolean, nowMs: number): void {
    this.#cycles.inc({ target, outcome: isClean ? 'clean' : 'faulty' });
    this.#isHealthy.set({ target }, isClean ? 1 : 0);
    if (isClean) this.#succeededAt.set({ target }, nowMs / 1000);
  }

  shipped({ target, bytes, rows }: Shipment, proof: Proof, seconds: number): void {
    this.#files.inc({ target });
    this.#bytes.inc({ target }, bytes);
    this.#rows.inc({ target }, rows ?? 0);
    this.#proofs.inc({ target, proof });
    this.#seconds.observe({ target }, seconds);
  }

  unchanged(target: string): void {
    this.#unchanged.inc({ target });
  }

  failed(target: string, fault: ShipFault): void {
    this.#faults.inc({ target, fault: fault.kind satisfies FaultKind });
  }

  lost(target: string, bytes: number): void {
    this.#lostFiles.inc({ target });
    this.#lostBytes.inc({ target }, bytes);
  }

  purged(reason: 'age' | 'pressure'): void {
    this.#purged.inc({ reason });
  }

  backlog(target: string, { unshippedFiles, unshippedBytes, foreignFiles, oldestMs }: Backlog, nowMs: number): void {
    this.#backlogFiles.set({ target }, unshippedFiles);
    this.#backlogBytes.set({ target }, unshippedBytes);
    this.#foreign.set({ target }, foreignFiles);
    this.#backlogAge.set({ target }, oldestMs === undefined ? 0 : Math.max(0, (nowMs - oldestMs) / 1000));
  }

  dataBytes(bytes: number): void {
    this.#dataBytes.set(bytes);
  }
}
