import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LogRecord, PREFIX_BYTES, readRecord } from './record.ts';

export const MAGIC = Buffer.from('TALLYLOG');

export type SegmentFile = { number: number; path: string; bytes: number; closedAtMs: number };

/** Segments of a log folder, oldest first. */
export function listSegments(dir: string): SegmentFile[] {
  return readdirSync(dir)
    .filter((name) => /^[0-9]{10}\.log$/.test(name))
    .sort()
    .map((name) => {
      const path = join(dir, name);
      const { size, mtimeMs } = statSync(path);
      return { number: Number.parseInt(name, 10), path, bytes: size, closedAtMs: mtimeMs };
    });
}

export function segmentPath(dir: string, number: number): string {
  return join(dir, `${String(number).padStart(10, '0')}.log`);
}

/** Cuts each segment to what the checkpoint behind it says that counts: the rest is of a write that failed and could not be undone. */
export function cutAbandoned(segments: SegmentFile[]): void {
  for (const [at, segment] of segments.entries()) {
    const next = segments[at + 1];
    const header = next && readRecord(readFileSync(next.path), MAGIC.length)?.record.header;
    if (header?.kind !== 'checkpoint' || header.previousBytes === undefined || header.previousBytes >= segment.bytes) continue;
    truncateSync(segment.path, header.previousBytes);
    segment.bytes = header.previousBytes;
  }
}

/** How every record's header begins, behind its prefix. */
const HEADER_START = Buffer.from('{"kind":"');

/**
 * Hands a segment's whole records to `visit`, in order, and cuts what follows the last one: the tail that a crash tore was never
 * acknowledged. Where whole records stand behind bytes that are none, those bytes are damage: they are passed over and kept beside
 * the segment as `.damaged`, and so is what is cut from a segment that is not the last.
 */
export function replaySegment(
  segment: SegmentFile,
  isLast: boolean,
  visit: (record: LogRecord) => void,
): { cutBytes: number; damagedBytes: number } {
  const bytes = readFileSync(segment.path);
  const damaged: Buffer[] = [];
  let end = bytes.subarray(0, MAGIC.length).equals(MAGIC) ? MAGIC.length : 0;
  for (let at = end || MAGIC.length; ; ) {
    const found = nextRecord(bytes, at);
    if (!found) break;
    if (found.start > at) damaged.push(bytes.subarray(at, found.start));
    visit(found.record);
    at = end = found.next;
  }
  const cut = bytes.subarray(end);
  if (cut.length > 0) {
    if (!isLast) damaged.push(cut);
    truncateSync(segment.path, end);
  }
  if (damaged.length > 0) writeFileSync(`${segment.path}.damaged`, Buffer.concat(damaged), { flush: true });
  return { cutBytes: cut.length, damagedBytes: damaged.reduce((sum, { length }) => sum + length, 0) };
}

/** The first whole record at or behind a position, and where it begins. */
function nextRecord(bytes: Buffer, from: number): { start: number; record: LogRecord; next: number } | undefined {
  const here = readRecord(bytes, from);
  if (here) return { start: from, ...here };
  for (let header = bytes.indexOf(HEADER_START, from); header >= 0; header = bytes.indexOf(HEADER_START, header + 1)) {
    const start = header - PREFIX_BYTES;
    const found = start > from ? readRecord(bytes, start) : undefined;
    if (found) return { start, ...found };
  }
  return undefined;
}
