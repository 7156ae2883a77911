import { crc32 } from 'node:zlib';
import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import type { WriteVersion } from '../decode/decode-request.ts';
import type { IngestLimits } from '../decode/limits.ts';

/** The version of the log's format; release N reads N-1. */
export const LOG_VERSION = 2;

/** What a request was answered, kept so that its repeat gets the same. Releases before those that kept them have no histograms and exemplars. */
export type Answer = { status: 204 | 400; written: number; histograms?: number; exemplars?: number; text: string };

/** Who the samples are sealed for; each target has its own sealer and marks. */
export type TargetName = 'lake' | 'cloudzero';

/** Current generation of an hour of a cluster, by its key. */
export type Generations = Record<string, number>;

/**
 * Which counters are gone: an hour that ended by `beforeMs` and has none may have had one, and begins at `generation`, which no hour that was
 * forgotten has reached. It rises with every forgetting.
 */
export type Forgotten = { beforeMs: number; generation: number };

export type RecordHeader =
  /**
   * First in every segment: all that is needed to replay the log from here on. `previousBytes` is how much of the segment before
   * counts: a write that failed may have left more there, which nobody was told of.
   */
  | {
      kind: 'checkpoint';
      version: number;
      limits: IngestLimits;
      generations: Partial<Record<TargetName, Generations>>;
      /** Absent in logs of version 1. */
      forgotten?: Partial<Record<TargetName, Forgotten>>;
      previousBytes?: number;
    }
  /** An acknowledged request; the body follows as it was received. */
  | {
      kind: 'batch';
      version: WriteVersion;
      identity: ClusterIdentity;
      receivedAtMs: number;
      answer: Answer;
      /** First and last hour that it has rows of. */
      hours: [firstMs: number, lastMs: number];
    }
  /** Rows of this hour in later records belong to the next generation. */
  | { kind: 'cut'; target: TargetName; hour: string; generation: number; atMs: number }
  /** The files of this generation are visible; its rows are no longer needed. */
  | { kind: 'sealed'; target: TargetName; hour: string; generation: number };

export type Checkpoint = Extract<RecordHeader, { kind: 'checkpoint' }>;

export type LogRecord = { header: RecordHeader; body: Buffer; bodyAt: number; bodyCrc: number };

export type BatchRecord = LogRecord & { header: Extract<RecordHeader, { kind: 'batch' }> };

export const PREFIX_BYTES = 12;
const NO_BODY = Buffer.alloc(0);

/**
 * A record: header length, body length, CRC-32 of body and header, in this order (uint32, little endian), then header (JSON) and body.
 * @param bodyCrc CRC-32 of the body, for who knows it already
 * @returns the parts to write, in order
 */
export function encodeRecord(header: RecordHeader, body: Buffer = NO_BODY, bodyCrc = crc32(body)): Buffer[] {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  prefix.writeUInt32LE(json.length, 0);
  prefix.writeUInt32LE(body.length, 4);
  prefix.writeUInt32LE(crc32(json, bodyCrc), 8);
  return body.length > 0 ? [prefix, json, body] : [prefix, json];
}

/** Where a record's body begins, counted from the record's first byte. */
export function bodyOffset(parts: readonly Buffer[]): number {
  return PREFIX_BYTES + (parts[1] as Buffer).length;
}

/** @returns the record at a position and the position after it, or undefined where no whole record stands */
export function readRecord(bytes: Buffer, at: number): { record: LogRecord; next: number } | undefined {
  if (at + PREFIX_BYTES > bytes.length) return undefined;
  const headerLength = bytes.readUInt32LE(at);
  const bodyLength = bytes.readUInt32LE(at + 4);
  const bodyAt = at + PREFIX_BYTES + headerLength;
  const next = bodyAt + bodyLength;
  // A run of zeros, as a torn tail may hold, has a CRC that fits: an empty header is therefore no record.
  if (headerLength === 0 || next > bytes.length) return undefined;
  const json = bytes.subarray(at + PREFIX_BYTES, bodyAt);
  const body = bytes.subarray(bodyAt, next);
  const bodyCrc = crc32(body);
  const crc = bytes.readUInt32LE(at + 8);
  // Logs of version 1 have it of header and body.
  if (crc32(json, bodyCrc) !== crc && crc32(body, crc32(json)) !== crc) return undefined;
  return { record: { header: JSON.parse(json.toString()) as RecordHeader, body, bodyAt, bodyCrc }, next };
}
