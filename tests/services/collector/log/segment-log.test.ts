import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint, RecordHeader } from '../../../../services/collector/log/record.ts';
import { cutAbandoned, listSegments, replaySegment } from '../../../../services/collector/log/segment-files.ts';
import { LogUnavailable, type Position, SegmentLog } from '../../../../services/collector/log/segment-log.ts';

type Writes = Pick<FileHandle, 'writev' | 'datasync' | 'truncate'>;
/** After which a write is durable. */
const LAST_CALL = { 'by the write': 'writev', 'after the write': 'datasync' } as const;

for (const sync of ['by the write', 'after the write'] as const)
  describe(`the segment log, synced ${sync}`, () => {
    const root = mkdtempSync(join(tmpdir(), 'tallyship-log-'));
    after(() => rmSync(root, { recursive: true, force: true }));
    let dir: string;
    let nowMs: number;
    let checkpoints: number;
    beforeEach(() => {
      dir = mkdtempSync(join(root, 'log-'));
      nowMs = 1000;
      checkpoints = 0;
    });

    const openLog = (options: { segmentBytes?: number; maxLogBytes?: number } = {}) =>
      new SegmentLog({ dir, segmentBytes: 1 << 20, maxLogBytes: 1 << 30, now: () => nowMs, sync, ...options }, checkpoint);
    const checkpoint = () => ({ kind: 'checkpoint', version: 1, number: ++checkpoints }) as unknown as Checkpoint;
    const batch = (number: number) => ({ kind: 'batch', number }) as unknown as RecordHeader;
    const numberOf = (header: RecordHeader) => (header as unknown as { number: number }).number;

    /** What a restart would read. */
    function replayed(): { kinds: string[]; batches: number[]; cut: number } {
      const kinds: string[] = [];
      const batches: number[] = [];
      let cut = 0;
      const segments = listSegments(dir);
      for (const segment of segments) {
        cut += replaySegment(segment, segment === segments.at(-1), ({ header }) => {
          kinds.push(header.kind);
          if (header.kind === 'batch') batches.push(numberOf(header));
        }).cutBytes;
      }
      return { kinds, batches, cut };
    }

    it('lets all appends that wait share one write, and applies them in the order of the log', async () => {
      const log = openLog();
      const applied: number[] = [];
      const calls = await withFaults({}, async () => {
        const appends = Array.from({ length: 50 }, (_, at) => log.append(batch(at), Buffer.from(`body ${at}`), () => applied.push(at)));
        await Promise.all(appends);
      });
      assert.deepEqual(applied, replayed().batches);
      assert.equal(applied.length, 50);
      // The checkpoint, the first append alone, then the 49 that came while it was written.
      assert.equal(calls.writev, 3);
      assert.equal(calls.datasync, sync === 'by the write' ? 0 : 3);
      await log.close();
    });

    it('neither applies nor resolves before the write is durable', async () => {
      const log = openLog();
      await log.append(batch(0), undefined, () => {});
      let isSynced = false;
      let isApplied = false;
      const last = async (call: () => Promise<unknown>) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal(isApplied, false);
        isSynced = true;
        return call();
      };
      await withFaults({ [LAST_CALL[sync]]: last }, () =>
        log.append(batch(1), undefined, () => {
          assert.equal(isSynced, true);
          isApplied = true;
        }),
      );
      assert.equal(isApplied, true);
      await log.close();
    });

    it('opens every segment with a checkpoint of the state applied by then', async () => {
      const log = openLog({ segmentBytes: 1 });
      for (let at = 0; at < 3; at++) await log.append(batch(at), undefined, () => {});
      assert.deepEqual(replayed().kinds, ['checkpoint', 'batch', 'checkpoint', 'batch', 'checkpoint', 'batch']);
      await log.close();
    });

    for (const [name, fault] of [
      ['writev', 'ENOSPC'],
      [LAST_CALL[sync], 'EIO'],
    ] as const) {
      it(`refuses what a failing ${name} (${fault}) leaves in doubt, cuts it off and goes on in a new segment`, async () => {
        const log = openLog();
        await log.append(batch(0), Buffer.from('kept'), () => {});
        const fail = async (call: () => Promise<unknown>) => {
          await call();
          throw Object.assign(new Error(fault), { code: fault });
        };
        await withFaults({ [name]: fail }, async () => {
          const never = () => assert.fail('applied');
          const both = [log.append(batch(1), undefined, never), log.append(batch(2), undefined, never)];
          for (const append of both) await assert.rejects(append, LogUnavailable);
        });
        assert.match(log.fault?.message ?? '', new RegExp(fault));
        await log.append(batch(3), undefined, () => {});
        assert.equal(log.fault, undefined);
        assert.deepEqual(replayed(), { kinds: ['checkpoint', 'batch', 'checkpoint', 'batch'], batches: [0, 3], cut: 0 });
        await log.close();
      });
    }

    it('leaves out what a failed write left behind, also where it cannot be cut off', async () => {
      const log = openLog();
      await log.append(batch(0), Buffer.from('kept'), () => {});
      const fail = async (call: () => Promise<unknown>) => {
        await call();
        throw Object.assign(new Error('EIO'), { code: 'EIO' });
      };
      const refuse = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
      await withFaults({ [LAST_CALL[sync]]: fail, truncate: refuse }, () =>
        assert.rejects(
          log.append(batch(1), undefined, () => {}),
          LogUnavailable,
        ),
      );
      await log.append(batch(2), undefined, () => {});
      await log.close();
      assert.deepEqual(replayed().batches, [0, 1, 2]);
      cutAbandoned(listSegments(dir));
      assert.deepEqual(replayed().batches, [0, 2]);
    });

    it('leaves no file behind for each request that it refuses, and goes on once it can write again', async () => {
      const log = openLog();
      await log.append(batch(0), Buffer.from('kept'), () => {});
      const refuse = () => Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
      await withFaults({ writev: refuse }, async () => {
        for (let at = 1; at <= 20; at++)
          await assert.rejects(
            log.append(batch(at), undefined, () => {}),
            LogUnavailable,
          );
      });
      assert.deepEqual(
        listSegments(dir).map(({ number }) => number),
        [1],
      );
      await log.append(batch(21), undefined, () => {});
      assert.deepEqual(replayed().batches, [0, 21]);
      await log.close();
    });

    it('passes over a damaged record, keeps its bytes, and reads on behind it', async () => {
      const log = openLog();
      for (let number = 0; number < 5; number++) await log.append(batch(number), Buffer.from(`body ${number}`), () => {});
      await log.close();
      const [segment] = listSegments(dir);
      const bytes = readFileSync((segment as { path: string }).path);
      const at = bytes.indexOf('body 2');
      bytes[at] = (bytes[at] as number) ^ 1;
      writeFileSync((segment as { path: string }).path, bytes);
      assert.deepEqual(replayed().batches, [0, 1, 3, 4]);
      const { damagedBytes } = replaySegment(listSegments(dir)[0] as Parameters<typeof replaySegment>[0], true, () => {});
      assert.equal(readFileSync(`${(segment as { path: string }).path}.damaged`).length, damagedBytes);
      assert.ok(damagedBytes > 6);
    });

    it('completes a short write', async () => {
      const log = openLog();
      await log.append(batch(0), undefined, () => {});
      const writev = async (_: () => Promise<unknown>, handle: FileHandle, [parts, at]: [Buffer[], number]) => {
        const { bytesWritten } = await handle.write(Buffer.concat(parts), 0, 7, at);
        return { bytesWritten, buffers: parts };
      };
      await withFaults({ writev }, () => log.append(batch(1), Buffer.from('a body'), () => {}));
      assert.deepEqual(replayed().batches, [0, 1]);
      await log.close();
    });

    it('takes no batch above MAX_LOG_BYTES, but what seals still', async () => {
      const log = openLog({ maxLogBytes: 10 });
      await log.append(batch(0), undefined, () => {});
      await assert.rejects(
        log.append(batch(1), undefined, () => {}),
        /log holds \d+ bytes, limit 10; raise MAX_LOG_BYTES/,
      );
      await log.append({ kind: 'sealed', target: 'lake', hour: 'h', generation: 0 }, undefined, () => {});
      await log.close();
    });

    it('reads bodies back, also from closed segments, and knows when one is gone', async () => {
      const log = openLog({ segmentBytes: 1 });
      const positions: Position[] = [];
      for (let at = 0; at < 3; at++) await log.append(batch(at), Buffer.from(`body ${at}`), (position) => positions.push(position));
      for (const [at, position] of positions.entries()) assert.equal((await log.read(position))?.toString(), `body ${at}`);
      nowMs = 2000;
      await log.purge(Number.POSITIVE_INFINITY, 2000);
      assert.equal(await log.read(positions[0] as Position), undefined);
      await log.close();
    });

    it('purges closed segments that are neither needed nor young, oldest first, and never the open one', async () => {
      const log = openLog({ segmentBytes: 1 });
      for (let at = 0; at < 5; at++) {
        nowMs = 1000 * (at + 1);
        await log.append(batch(at), undefined, () => {});
      }
      // Segment n is closed when n + 1 opens, at 1000 (n + 1).
      await log.purge(3, 10_000);
      assert.deepEqual(replayed().batches, [2, 3, 4]);
      await log.purge(Number.POSITIVE_INFINITY, 4500);
      assert.deepEqual(replayed().batches, [3, 4]);
      await log.purge(Number.POSITIVE_INFINITY, 10_000);
      assert.deepEqual(replayed().batches, [4]);
      await log.close();
    });

    it('purges what was closed while the clock was ahead, counted from when it was seen', async () => {
      const log = openLog({ segmentBytes: 1 });
      nowMs = 1_000_000;
      for (let at = 0; at < 2; at++) await log.append(batch(at), undefined, () => {});
      nowMs = 3000;
      await log.purge(Number.POSITIVE_INFINITY, 2000);
      assert.deepEqual(replayed().batches, [0, 1]);
      nowMs = 5000;
      await log.purge(Number.POSITIVE_INFINITY, 4000);
      assert.deepEqual(replayed().batches, [1]);
      await log.close();
    });

    it('purges nothing after a start before a segment with a checkpoint is open', async () => {
      const log = openLog({ segmentBytes: 1 });
      for (let at = 0; at < 2; at++) await log.append(batch(at), undefined, () => {});
      await log.close();
      const again = openLog();
      await again.purge(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
      assert.deepEqual(replayed().batches, [0, 1]);
      await again.append(batch(2), undefined, () => {});
      await again.purge(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
      assert.deepEqual(replayed().batches, [2]);
      await again.close();
    });

    it('cuts a torn tail at a restart and never writes behind it', async () => {
      const log = openLog();
      for (let at = 0; at < 2; at++) await log.append(batch(at), Buffer.from('a body'), () => {});
      await log.close();
      const [segment] = listSegments(dir);
      const whole = readFileSync(segment?.path as string);
      const record = whole.subarray(whole.length - 30);
      for (let length = 1; length < record.length; length++) {
        writeFileSync(segment?.path as string, whole);
        appendFileSync(segment?.path as string, record.subarray(0, length));
        assert.deepEqual(replayed(), { kinds: ['checkpoint', 'batch', 'batch'], batches: [0, 1], cut: length });
      }
      const again = openLog();
      await again.append(batch(2), undefined, () => {});
      assert.deepEqual(replayed().batches, [0, 1, 2]);
      await again.close();
    });

    it('keeps what it cuts from a segment that is not the last: that is damage, not a torn tail', async () => {
      const log = openLog({ segmentBytes: 1 });
      for (let at = 0; at < 2; at++) await log.append(batch(at), undefined, () => {});
      await log.close();
      appendFileSync(listSegments(dir)[0]?.path as string, 'damage');
      assert.equal(replayed().cut, 6);
      assert.ok(readdirSync(dir).includes('0000000001.log.damaged'));
      assert.deepEqual(replayed(), { kinds: ['checkpoint', 'batch', 'checkpoint', 'batch'], batches: [0, 1], cut: 0 });
    });
  });

type Around = (call: () => Promise<unknown>, handle: FileHandle, args: never) => Promise<unknown>;

/** Puts itself around methods of all file handles while `work` runs. @returns how often each was called */
async function withFaults(
  around: Partial<Record<keyof Writes, Around>>,
  work: () => Promise<unknown>,
): Promise<Record<keyof Writes, number>> {
  const handle = await open(import.meta.filename);
  const handles = Object.getPrototypeOf(handle) as Record<keyof Writes, (...args: unknown[]) => Promise<unknown>>;
  await handle.close();
  const originals = { writev: handles.writev, datasync: handles.datasync, truncate: handles.truncate };
  const calls = { writev: 0, datasync: 0, truncate: 0 };
  for (const name of Object.keys(originals) as (keyof Writes)[]) {
    handles[name] = function (this: FileHandle, ...args: unknown[]) {
      calls[name]++;
      const call = () => originals[name].apply(this, args);
      return around[name] ? around[name](call, this, args as never) : call();
    };
  }
  try {
    await work();
  } finally {
    Object.assign(handles, originals);
  }
  return calls;
}
