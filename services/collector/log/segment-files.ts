import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LogRecord, readRecord } from './record.ts';

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

/**
 * Hands a segment's whole records to `visit`, in order, and cuts what follows the last one: the tail that a crash tore was never
 * acknowledged. Bytes that are cut from a segment that is not the last cannot be a torn tail; they are kept beside it as `.damaged`.
 * @returns how many bytes were cut
 */
export function replaySegment(segment: SegmentFile, isLast: boolean, visit: (record: LogRecord) => void): number {
  const bytes = readFileSync(segment.path);
  let at = bytes.subarray(0, MAGIC.length).equals(MAGIC) ? MAGIC.length : bytes.length;
  let end = at === bytes.length ? 0 : at;
  while (true) {
    const found = readRecord(bytes, at);
    if (!found) break;
    visit(found.record);
    at = end = found.next;
  }
  const cut = bytes.length - end;
  if (cut > 0) {
    if (!isLast) writeFileSync(`${segment.path}.damaged`, bytes.subarray(end), { flush: true });
    truncateSync(segment.path, end);
  }
  return cut;
}
