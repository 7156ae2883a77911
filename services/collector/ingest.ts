import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import { HOUR_MS } from '@tallyship/shared/contracts/lake-key';
import { type Batch, BatchBuilder, type Outcome } from './decode/batch.ts';
import { decodeRequest, type WriteVersion } from './decode/decode-request.ts';
import type { IngestLimits } from './decode/limits.ts';
import { PACKED_KINDS } from './decode/packed-rows.ts';
import { type KernelKind, SeriesTable } from './decode/series-table.ts';
import type { Targets } from './hours/targets.ts';
import { type RecentRequest, RecentRequests } from './log/recent-requests.ts';
import type { Answer, BatchRecord } from './log/record.ts';
import type { Position, SegmentLog } from './log/segment-log.ts';

export type WriteRequest = { version: WriteVersion; identity: ClusterIdentity; body: Buffer };

/** What a request was answered, and what became of its content; a repeat carries no outcome, it was counted the first time. */
export type WriteResult = { answer: Answer; outcome: Outcome | undefined };

export type IngestOptions = {
  limits: IngestLimits;
  maxDecodedBytes: number;
  maxOpenSeries: number;
  maxSeriesBytes: number;
  haReplicaLabel: string;
  dedupeWindowMs: number;
  decodeKernel?: KernelKind;
  now: () => number;
};

const MAX_RECENT_REQUESTS = 200_000;

/** The way of a request: recognised as a repeat, or decoded, made durable, applied to the open hours, answered. */
export class Ingest {
  readonly #options: IngestOptions;
  readonly #log: SegmentLog;
  readonly #targets: Targets;
  readonly #recent: RecentRequests;
  readonly #builder = new BatchBuilder();
  #table: SeriesTable;

  constructor(options: IngestOptions, log: SegmentLog, targets: Targets) {
    this.#options = options;
    this.#log = log;
    this.#targets = targets;
    this.#recent = new RecentRequests(options.dedupeWindowMs, MAX_RECENT_REQUESTS);
    this.#table = this.#newTable(options.limits);
  }

  get openSeries(): number {
    return this.#table.size;
  }

  /** Memory of label sets: of those that requests are taken with, and of older ones that hours are still to be sealed with. */
  get seriesBytes(): { inUse: number; waiting: number } {
    let waiting = 0;
    for (const table of this.#targets.tables) if (table !== this.#table) waiting += table.bytes;
    return { inUse: this.#table.bytes, waiting };
  }

  /**
   * @returns once everything the answer claims is durable
   * @throws MalformedBody, RequestTooLarge: no effect; LogUnavailable: come again
   */
  async write({ version, identity, body }: WriteRequest): Promise<WriteResult> {
    const bodyCrc = crc32(body);
    const fingerprint = fingerprintOf(version, identity, body, bodyCrc);
    // Without a candidate nothing is awaited up to the entry below, so two copies of a request cannot both pass.
    let refuted: RecentRequest | undefined;
    for (let candidate = this.#recent.get(fingerprint); candidate && candidate !== refuted; candidate = this.#recent.get(fingerprint)) {
      if (await this.#verifyRepeat(candidate, body)) return { answer: candidate.answer, outcome: undefined };
      refuted = candidate;
    }

    const { limits, maxDecodedBytes } = this.#options;
    const receivedAtMs = this.#options.now();
    this.#renewTable();
    const context = { table: this.#table, builder: this.#builder, limits, receivedAtMs, maxDecodedBytes };
    const batch = decodeRequest(body, version, context);
    const answer = answerOf(batch);
    if (isEmpty(batch)) return { answer, outcome: batch.outcome };

    const request: RecentRequest = { receivedAtMs, answer, body, position: undefined, durable: Promise.resolve() };
    request.durable = this.#log.append(
      { kind: 'batch', version, identity, receivedAtMs, answer, hours: hoursOf(batch) },
      body,
      (position) => {
        request.position = position;
        this.#targets.apply(batch, identity, receivedAtMs, position.segment);
        this.#builder.recycle(batch);
      },
      bodyCrc,
    );
    this.#recent.add(fingerprint, request);
    try {
      await request.durable;
    } catch (error) {
      this.#recent.remove(fingerprint, request);
      throw error;
    }
    request.body = undefined;
    return { answer, outcome: batch.outcome };
  }

  /**
   * Takes a batch of the log up again at start, exactly as it was taken when it was written.
   * @param isNeeded false when all its rows are in sealed files
   */
  replay({ header, body, bodyAt, bodyCrc }: BatchRecord, limits: IngestLimits, segment: number, isNeeded: boolean): void {
    const { version, identity, receivedAtMs, answer } = header;
    const position: Position = { segment, offset: bodyAt, length: body.length };
    this.#recent.add(fingerprintOf(version, identity, body, bodyCrc), {
      receivedAtMs,
      answer,
      body: undefined,
      position,
      durable: Promise.resolve(),
    });
    if (!isNeeded) return;
    // What was accepted then is accepted now, whatever the settings of today say.
    if (!isDeepStrictEqual(this.#table.limits, limits)) this.#table = this.#newTable(limits);
    const context = { table: this.#table, builder: this.#builder, limits, receivedAtMs, maxDecodedBytes: Number.POSITIVE_INFINITY };
    const batch = decodeRequest(body, version, context);
    this.#targets.apply(batch, identity, receivedAtMs, segment);
    this.#builder.recycle(batch);
  }

  #newTable(limits: IngestLimits): SeriesTable {
    return new SeriesTable(this.#options.haReplicaLabel, limits, this.#options.decodeKernel);
  }

  /** The hours that are open keep the old table until they are sealed, which the sealer now hurries to do. */
  #renewTable(): void {
    const { maxOpenSeries, maxSeriesBytes, limits } = this.#options;
    const isFull = this.#table.size >= maxOpenSeries || this.#table.bytes >= maxSeriesBytes;
    if (isFull) this.#targets.sealEarly();
    // After a replay the table may still be one of older limits.
    if (isFull || !isDeepStrictEqual(this.#table.limits, limits)) this.#table = this.#newTable(limits);
  }

  /** A repeat may come while the first one is still being written: it shares its fate. */
  async #verifyRepeat(candidate: RecentRequest, body: Buffer): Promise<boolean> {
    const isDurable = await candidate.durable.then(
      () => true,
      () => false,
    );
    if (!isDurable) return false;
    const held = candidate.body ?? (candidate.position && (await this.#log.read(candidate.position)));
    return held?.equals(body) ?? false;
  }
}

function fingerprintOf(version: WriteVersion, { account, region, cluster }: ClusterIdentity, body: Buffer, bodyCrc: number): string {
  return `${bodyCrc}/${body.length}/${version}/${account}/${region}/${cluster}`;
}

function isEmpty({ rows, packed }: Batch): boolean {
  return rows === 0 && PACKED_KINDS.every((kind) => packed[kind] === undefined);
}

/** First and last hour that a batch has rows of. */
function hoursOf({ rows, timesMs, packed }: Batch): [firstMs: number, lastMs: number] {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row++) {
    const timeMs = timesMs[row] as number;
    if (timeMs < least) least = timeMs;
    if (timeMs > greatest) greatest = timeMs;
  }
  for (const kind of PACKED_KINDS) {
    const beside = packed[kind];
    for (let row = 0; row < (beside?.rows ?? 0); row++) {
      const timeMs = beside?.timeMsOf(row) as number;
      least = Math.min(least, timeMs);
      greatest = Math.max(greatest, timeMs);
    }
  }
  return [Math.floor(least / HOUR_MS) * HOUR_MS, Math.floor(greatest / HOUR_MS) * HOUR_MS];
}

function answerOf({ rows, packed, outcome }: Batch): Answer {
  const written = { written: rows, histograms: packed.histograms?.rows ?? 0, exemplars: packed.exemplars?.rows ?? 0 };
  if (outcome.refusals.size === 0) return { status: 204, ...written, text: '' };
  return { status: 400, ...written, text: refusalText(outcome) };
}

function refusalText({ received, refused, refusals }: Outcome): string {
  const kinds = (['samples', 'histograms', 'exemplars'] as const).filter((kind) => refused[kind] > 0);
  const counts = (kinds.length > 0 ? kinds : (['samples'] as const)).map((kind) => `${refused[kind]} of ${received[kind]} ${kind}`);
  const reasons = [...refusals].map(([reason, count]) => `${reason} (${count})`);
  return `${counts.join(', ')} refused: ${reasons.join(', ')}`;
}
