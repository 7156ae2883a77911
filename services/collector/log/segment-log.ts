import { open, rm, statfs } from 'node:fs/promises';
import { makeDurableDir, syncDir } from '@tallyship/shared/storage/durable-file';
import { bodyOffset, type Checkpoint, encodeRecord, type RecordHeader } from './record.ts';
import { listSegments, MAGIC, type SegmentFile, segmentPath } from './segment-files.ts';
import { PLATFORM_SYNC, type Sync, SyncedFile } from './synced-file.ts';

/** Where a record's body lies, for reading it back. */
export type Position = { segment: number; offset: number; length: number };

/** The log takes no more for now: the caller answers 503, and the sender comes again. */
export class LogUnavailable extends Error {
  override name = 'LogUnavailable';
}

const MIN_FREE_BYTES = 4 * 1024 * 1024;

type Waiting = {
  parts: Buffer[];
  bytes: number;
  apply: (position: Position) => void;
  resolve: () => void;
  reject: (error: Error) => void;
};

export type SegmentLogOptions = { dir: string; segmentBytes: number; maxLogBytes: number; now: () => number; sync?: Sync };

/**
 * The append-only log, the one source of everything that is sealed. All appends that wait share one synced write (group
 * commit). `apply` runs in log order and only once the record is durable, so the state in memory is always a function of a prefix
 * of the log: the one that a restart finds.
 */
export class SegmentLog {
  readonly #options: SegmentLogOptions;
  readonly #checkpoint: () => Checkpoint;
  #closed: SegmentFile[];
  #file: SyncedFile | undefined;
  #number: number;
  #size = 0;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  /** Why the last write failed; cleared by the next one that succeeds. */
  fault: Error | undefined;

  /** @param checkpoint the state as of the records applied so far; it opens each segment */
  constructor(options: SegmentLogOptions, checkpoint: () => Checkpoint) {
    makeDurableDir(options.dir);
    this.#options = options;
    this.#checkpoint = checkpoint;
    this.#closed = listSegments(options.dir);
    this.#number = this.#closed.at(-1)?.number ?? 0;
  }

  get bytes(): number {
    return this.#size + this.#closed.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /**
   * @param bodyCrc CRC-32 of the body, for who knows it already
   * @returns resolves once the record is durable and applied
   * @throws LogUnavailable when the log is full or cannot be written; then the record is not in it
   */
  append(header: RecordHeader, body: Buffer | undefined, apply: (position: Position) => void, bodyCrc?: number): Promise<void> {
    const { maxLogBytes } = this.#options;
    if (header.kind === 'batch' && this.bytes > maxLogBytes) {
      const text = `log holds ${this.bytes} bytes, limit ${maxLogBytes}; raise MAX_LOG_BYTES or find out why nothing is sealed`;
      return Promise.reject(new LogUnavailable(text));
    }
    const parts = encodeRecord(header, body, bodyCrc);
    return new Promise((resolve, reject) => {
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      this.#queue.push({ parts, bytes, apply, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /**
   * Writes a checkpoint that nobody needs. It shows whether the log can be written, and clears a fault once it can be again: a
   * collector that is not ready gets no requests that would.
   */
  async probe(): Promise<void> {
    const { bavail, bsize } = await statfs(this.#options.dir);
    // A record this small still fits on a disk that is as good as full.
    if (bavail * bsize < MIN_FREE_BYTES) throw new LogUnavailable(`disk of ${this.#options.dir} has ${bavail * bsize} bytes free`);
    await this.append(this.#checkpoint(), undefined, () => {});
  }

  /** Reads a body back. @returns undefined when its segment is gone */
  async read({ segment, offset, length }: Position): Promise<Buffer | undefined> {
    const file = await open(segmentPath(this.#options.dir, segment), 'r').catch(() => undefined);
    if (!file) return undefined;
    try {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
      return bytesRead === length ? buffer : undefined;
    } finally {
      await file.close();
    }
  }

  /** Removes closed segments below `firstNeeded` that were closed before `closedBeforeMs`, oldest first. */
  async purge(firstNeeded: number, closedBeforeMs: number): Promise<void> {
    // The open segment holds a checkpoint that survives: without one an hour would begin again at generation 0.
    if (!this.#file) return;
    // Oldest first and stopping at the first that stays: what is left is always one unbroken run of the log.
    for (let oldest = this.#closed[0]; oldest; oldest = this.#closed[0]) {
      // The clock was put back since: else it would stay until that time has come round again.
      oldest.closedAtMs = Math.min(oldest.closedAtMs, this.#options.now());
      if (oldest.number >= firstNeeded || oldest.closedAtMs >= closedBeforeMs) return;
      await rm(oldest.path, { force: true });
      this.#closed.shift();
    }
  }

  /** Number of the segment that the next record goes to, at the latest. */
  get currentSegment(): number {
    return this.#number;
  }

  async close(): Promise<void> {
    await this.#running;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      try {
        const start = await this.#writeGroup(group);
        this.fault = undefined;
        this.#settle(group, start);
      } catch (cause) {
        this.fault = cause as Error;
        await this.#abandonSegment();
        const error = new LogUnavailable('log cannot be written', { cause });
        for (const waiting of group) waiting.reject(error);
      }
    }
    this.#running = undefined;
  }

  async #writeGroup(group: Waiting[]): Promise<number> {
    if (!this.#file || this.#size >= this.#options.segmentBytes) await this.#openSegment();
    const start = this.#size;
    await (this.#file as SyncedFile).write(
      group.flatMap(({ parts }) => parts),
      start,
    );
    this.#size = group.reduce((size, { bytes }) => size + bytes, start);
    return start;
  }

  #settle(group: Waiting[], start: number): void {
    let at = start;
    for (const waiting of group) {
      const bodyAt = bodyOffset(waiting.parts);
      waiting.apply({ segment: this.#number, offset: at + bodyAt, length: waiting.bytes - bodyAt });
      at += waiting.bytes;
      waiting.resolve();
    }
  }

  /** A segment that cannot be begun is taken away again, and the next attempt takes its number: a full disk must not fill with empty ones. */
  async #openSegment(): Promise<void> {
    await this.#closeSegment();
    const { dir } = this.#options;
    const number = this.#number + 1;
    const path = segmentPath(dir, number);
    const file = await SyncedFile.create(path, this.#options.sync ?? PLATFORM_SYNC);
    const previousBytes = this.#closed.at(-1)?.bytes;
    const parts = [MAGIC, ...encodeRecord({ ...this.#checkpoint(), ...(previousBytes !== undefined && { previousBytes }) })];
    try {
      await file.write(parts, 0);
      syncDir(dir);
    } catch (error) {
      await file.close().catch(() => {});
      await rm(path, { force: true }).catch(() => {});
      throw error;
    }
    this.#file = file;
    this.#number = number;
    this.#size = parts.reduce((sum, part) => sum + part.length, 0);
  }

  async #closeSegment(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    const { dir, now } = this.#options;
    this.#closed.push({ number: this.#number, path: segmentPath(dir, this.#number), bytes: this.#size, closedAtMs: now() });
    this.#file = undefined;
    this.#size = 0;
    // Everything that counts was synced: what a close can fail at concerns nobody.
    await file.close().catch(() => {});
  }

  /**
   * After a failed write or sync nobody knows what of the group is on disk. It was not acknowledged, so it is cut off again, and
   * the next group begins a new segment.
   */
  async #abandonSegment(): Promise<void> {
    try {
      await this.#file?.truncate(this.#size);
    } catch {
      // Where even this fails, the checkpoint of the next segment says how much of this one counts.
    }
    await this.#closeSegment();
  }
}
