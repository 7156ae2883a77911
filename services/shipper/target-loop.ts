import { setMaxListeners } from 'node:events';
import { backoffMs, jittered } from './backoff.ts';
import { runCycle } from './cycle.ts';
import type { CycleParts } from './cycle-parts.ts';
import { CycleReport } from './cycle-report.ts';
import { careForDisk, type DiskCareParts } from './disk-care.ts';
import { faultOf } from './ship-fault.ts';
import { parseShipKey } from './ship-file.ts';

export type LoopOptions = { intervalMs: number; isAtOnce: boolean; backoffMaxMs: number; random: () => number };
export type TargetState = { target: string; isRequired: boolean; faults: string[]; failuresInARow: number; lastBeatMs: number };

/** How often a ready folder is looked at when files are to be shipped at once. */
const LOOK_MS = 1000;
/** Longest wait between two last cycles: what comes back within the grace must be noticed. */
const LAST_BACKOFF_MAX_MS = 2000;

/**
 * The independent loop of one target: cycles, one at a time, with waits that end early when the shipper stops. No fault ends it: a cycle
 * that throws is a failed cycle.
 */
export class TargetLoop {
  readonly #parts: CycleParts;
  readonly #care: DiskCareParts;
  readonly #options: LoopOptions;
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #loop: Promise<void> = Promise.resolve();
  #state: TargetState;

  constructor(parts: Omit<CycleParts, 'beat' | 'isStopping'>, care: DiskCareParts, options: LoopOptions) {
    this.#parts = { ...parts, beat: () => this.#beat(), isStopping: () => this.#stop.signal.aborted };
    this.#care = care;
    // One listener an upload, and SHIP_CONCURRENCY says how many there are.
    setMaxListeners(0, this.#cut.signal);
    this.#options = options;
    const { target, clock } = parts;
    this.#state = {
      target: target.name,
      isRequired: target.quotaBytes === undefined,
      faults: [],
      failuresInARow: 0,
      lastBeatMs: clock.now(),
    };
  }

  get state(): TargetState {
    return this.#state;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Runs a cycle when no other one runs. Never rejects. */
  runOnce(): Promise<CycleReport> {
    const next = this.#running.then(() => this.#cycle());
    this.#running = next;
    return next;
  }

  /** Lets the running cycle end, looks for files for `lingerMs`, ships within `graceMs` more what there is, and cuts off the rest. */
  async close({ lingerMs, graceMs }: { lingerMs: number; graceMs: number }): Promise<void> {
    const nowMs = this.#parts.clock.now();
    const timer = setTimeout(() => this.#cut.abort(), lingerMs + graceMs);
    this.#stop.abort();
    await this.#loop;
    await this.#lastCycles(nowMs + lingerMs, nowMs + lingerMs + graceMs);
    clearTimeout(timer);
    this.#cut.abort();
  }

  /** Ends without a last cycle. */
  async cut(): Promise<void> {
    this.#stop.abort();
    this.#cut.abort();
    await this.#loop;
    await this.#running;
  }

  /** How long to wait after a cycle. */
  waitMs({ isClean, retryAfterMs }: CycleReport): number {
    const { intervalMs, backoffMaxMs, random } = this.#options;
    if (isClean) return jittered(intervalMs, random());
    return Math.min(backoffMs(this.#state.failuresInARow, { maxMs: backoffMaxMs, retryAfterMs, random: random() }), 1.1 * intervalMs);
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const report = await this.runOnce();
      await this.#pause(this.waitMs(report), report.isBlocked);
    }
  }

  /** Cycles until nothing is ready and the linger is over, or what is left cannot be shipped before the end. */
  async #lastCycles(lingerUntilMs: number, endMs: number): Promise<void> {
    const { clock, waiting } = this.#parts;
    const { backoffMaxMs, random } = this.#options;
    waiting.wake();
    for (let failures = 0; !this.#cut.signal.aborted; ) {
      const report = await this.runOnce();
      if (report.isClean) {
        failures = 0;
        await this.#untilReady(lingerUntilMs, this.#cut.signal);
        if (!(await this.#hasReady())) return;
        continue;
      }
      failures += 1;
      if (!report.mayPass && clock.now() >= lingerUntilMs) return;
      const maxMs = Math.min(backoffMaxMs, LAST_BACKOFF_MAX_MS);
      const asked = Math.min(report.retryAfterMs, backoffMaxMs);
      const waitMs = Math.max(asked, backoffMs(failures, { maxMs, retryAfterMs: 0, random: random() }));
      if (clock.now() + waitMs >= endMs) return;
      await clock.sleep(waitMs, this.#cut.signal);
    }
  }

  /** While the target is in trouble a new file does not wake the loop: it would only make one more call that fails. */
  async #pause(ms: number, isBlocked: boolean): Promise<void> {
    const { clock } = this.#parts;
    if (!this.#options.isAtOnce || isBlocked) return clock.sleep(ms, this.#stop.signal);
    await this.#untilReady(clock.now() + ms, this.#stop.signal);
  }

  async #untilReady(untilMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (clock.now() < untilMs && !signal.aborted) {
      await clock.sleep(Math.min(LOOK_MS, untilMs - clock.now()), signal);
      if (await this.#hasReady()) return;
    }
  }

  async #hasReady(): Promise<boolean> {
    const { volume, target } = this.#parts;
    const keys = await volume.list('ready', target.name).catch(() => []);
    return keys.some((key) => parseShipKey(key) !== undefined);
  }

  async #cycle(): Promise<CycleReport> {
    const { target, telemetry, clock, waiting } = this.#parts;
    const startedMs = clock.now();
    const report = new CycleReport();
    try {
      await runCycle(this.#parts, report, this.#cut.signal);
    } catch (error) {
      // A fault of the volume or the ledger itself: nothing can be done for any file, until it can.
      report.isBlocked = true;
      report.add(faultOf(error));
      telemetry.failed(target.name, faultOf(error));
    }
    try {
      await careForDisk(this.#care, target, (key) => waiting.forget(key));
    } catch (error) {
      telemetry.cloudZero.count('shipper_disk_handle_error_total');
      report.add(faultOf(error));
      telemetry.failed(target.name, faultOf(error));
    }
    this.#tell(report, clock.now() - startedMs);
    return report;
  }

  #beat(): void {
    this.#state.lastBeatMs = this.#parts.clock.now();
  }

  #tell(report: CycleReport, tookMs: number): void {
    const { target, telemetry, clock, log } = this.#parts;
    const failuresInARow = report.isClean ? 0 : this.#state.failuresInARow + 1;
    const faults = report.lines();
    this.#state = { ...this.#state, faults, failuresInARow };
    this.#beat();
    telemetry.cycleEnded(target.name, report.isClean, clock.now());
    const [first] = report.faults.values();
    telemetry.cloudZero.ran('shipper_Run', first?.fault.cloudZeroName ?? '', tookMs / 1000);
    for (const { fault } of report.faults.values()) telemetry.cloudZero.runFailed(fault.cloudZeroName);
    if (!report.isClean) telemetry.cloudZero.count('shipper_new_files_error_total');
    if (!report.isClean) log.error({ target: target.name, shipped: report.shipped, faults, failuresInARow }, 'failed to ship the metrics');
    else if (report.shipped > 0) log.info({ target: target.name, shipped: report.shipped, tookMs }, 'Successfully ran the shipper cycle');
  }
}
