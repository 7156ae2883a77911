import { Counter, Gauge, type Registry } from 'prom-client';
import type { ReplayOutcome } from './replay/replay-orders.ts';

/** The upload API's own metrics. No label holds what a sender chose freely. */
export class UploadApiTelemetry {
  readonly #urls: Counter<'protocol' | 'kind'>;
  readonly #refused: Counter<'status'>;
  readonly #replays: Counter<'outcome'>;
  readonly #abandoned: Counter;
  readonly #statuses: Counter;
  readonly #storeFailures: Counter;

  constructor(registry: Registry, gauges: { openUrls: () => number; keys: () => number }) {
    const registers = [registry];
    this.#urls = new Counter({
      name: 'upload_api_upload_urls_total',
      help: 'Upload URLs given, by protocol (current, 2024) and whether they are bound to length and hash (bound, open)',
      labelNames: ['protocol', 'kind'],
      registers,
    });
    this.#refused = new Counter({
      name: 'upload_api_refused_requests_total',
      help: 'Requests refused, by status',
      labelNames: ['status'],
      registers,
    });
    this.#replays = new Counter({
      name: 'upload_api_replay_orders_total',
      help: 'Replay orders, by what became of them (one order can be offered several times)',
      labelNames: ['outcome'],
      registers,
    });
    this.#abandoned = new Counter({
      name: 'upload_api_abandoned_files_total',
      help: 'Files that shippers said they no longer have',
      registers,
    });
    this.#statuses = new Counter({ name: 'upload_api_status_reports_total', help: 'Cluster status reports received', registers });
    this.#storeFailures = new Counter({
      name: 'upload_api_store_failures_total',
      help: 'Requests to the object store that failed',
      registers,
    });
    new Gauge({
      name: 'upload_api_open_urls',
      help: 'Upload URLs that have not expired',
      registers,
      collect() {
        this.set(gauges.openUrls());
      },
    });
    new Gauge({
      name: 'upload_api_keys',
      help: 'Keys that are accepted; 0 while the keys file cannot be used',
      registers,
      collect() {
        this.set(gauges.keys());
      },
    });
  }

  urls(protocol: 'current' | '2024', bound: number, open: number): void {
    this.#urls.inc({ protocol, kind: 'bound' }, bound);
    this.#urls.inc({ protocol, kind: 'open' }, open);
  }

  refused(status: number): void {
    this.#refused.inc({ status: String(status) });
  }

  replay(outcome: ReplayOutcome, by = 1): void {
    this.#replays.inc({ outcome }, by);
  }

  abandoned(files: number): void {
    this.#abandoned.inc(files);
  }

  statusReported(): void {
    this.#statuses.inc();
  }

  storeFailed(): void {
    this.#storeFailures.inc();
  }
}
