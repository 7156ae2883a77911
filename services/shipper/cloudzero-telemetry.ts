import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const COUNTERS = {
  shipper_shutdown_total: 'Orderly ends of the shipper',
  shipper_new_files_error_total: 'Cycles that could not ship all new files',
  shipper_handle_request_success_total: 'Upload calls whose files were all uploaded',
  shipper_presigned_url_error_total: 'Upload calls that failed',
  shipper_file_upload_error_total: 'Uploads that failed',
  shipper_mark_file_uploaded_error_total: 'Uploaded files that could not be marked',
  shipper_disk_handle_error_total: 'Disk care that failed',
  shipper_replay_request_total: 'Upload answers that asked for files again',
  shipper_replay_request_save_error_total: 'Replay requests that could not be kept',
  shipper_replay_request_error_total: 'Replayed files whose upload failed',
  shipper_replay_request_abandon_files_total: 'Files given up because they are no longer here',
  shipper_replay_request_abandon_files_error_total: 'Abandon calls that failed',
  shipper_disk_cleanup_failure_total: 'Files that could not be removed',
  shipper_disk_cleanup_success_total: 'Rounds of disk care that succeeded',
} as const;
const GAUGES = {
  shipper_new_files_processing_current: 'Files of the running upload call',
  shipper_replay_request_current: 'Replay requests being served',
  shipper_disk_total_size_bytes: 'Size that the data may have',
  shipper_disk_current_usage_bytes: 'Size of the data',
  shipper_disk_current_usage_percentage: 'Share of the allowed size in use',
  shipper_disk_current_unsent_file: 'Files not shipped yet',
  shipper_disk_current_sent_file: 'Shipped files that are kept',
  shipper_disk_replay_request_current: 'Files that are wanted again and not sent yet',
} as const;
const FILE_COUNTS = Array.from({ length: 15 }, (_, n) => 10 * 2 ** n);

/** CloudZero's names for what a shipper does, so that their dashboards and alerts work unchanged. All are really set. */
export class CloudZeroTelemetry {
  readonly #counters: Record<keyof typeof COUNTERS, Counter>;
  readonly #gauges: Record<keyof typeof GAUGES, Gauge>;
  readonly #runFails: Counter<'error_status_code'>;
  readonly #requestFiles: Histogram;
  readonly #replayFiles: Histogram;
  readonly #cleanedShare: Histogram;
  readonly #seconds: Histogram<'function_name' | 'error'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const all = <N extends string, M>(helps: Record<N, string>, make: (name: string, help: string) => M) =>
      Object.fromEntries(Object.entries<string>(helps).map(([name, help]) => [name, make(name, help)])) as Record<N, M>;
    this.#counters = all(COUNTERS, (name, help) => new Counter({ name, help, registers }));
    this.#gauges = all(GAUGES, (name, help) => new Gauge({ name, help, registers }));
    this.#runFails = new Counter({
      name: 'shipper_run_fail_total',
      help: 'Cycles with a fault, by its kind',
      labelNames: ['error_status_code'],
      registers,
    });
    const counts = (name: string, help: string) => new Histogram({ name, help, buckets: FILE_COUNTS, registers });
    this.#requestFiles = counts('shipper_handle_request_file_count', 'Files of an upload call');
    this.#replayFiles = counts('shipper_replay_request_file_count', 'Files of a replay request');
    this.#cleanedShare = new Histogram({
      name: 'shipper_disk_cleanup_percentage',
      help: 'Share of the shipped files that a round of disk care removed',
      buckets: [0, 1, 5, 10, 25, 50, 75, 100],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'function_execution_seconds',
      help: 'Time of a step',
      labelNames: ['function_name', 'error'],
      registers,
    });
  }

  count(name: keyof typeof COUNTERS, by = 1): void {
    this.#counters[name].inc(by);
  }

  set(name: keyof typeof GAUGES, value: number): void {
    this.#gauges[name].set(value);
  }

  runFailed(errorStatusCode: string): void {
    this.#runFails.inc({ error_status_code: errorStatusCode });
  }

  requestFiles(files: number): void {
    this.#requestFiles.observe(files);
  }

  replayFiles(files: number): void {
    this.#replayFiles.observe(files);
  }

  cleaned(percentage: number): void {
    this.#cleanedShare.observe(percentage);
  }

  /** Times a step of the cycle; `error` is CloudZero's name of what it threw. */
  ran(functionName: string, error: string, seconds: number): void {
    this.#seconds.observe({ function_name: functionName, error }, seconds);
  }
}
