import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lakeDirOf, logDirOf } from '../support/load-collector.ts';
import { attach, type Injection } from './strace.ts';

/** A collector under load, as a fault finds it. `output` is what it has said. */
export type Patient = { pid: number; dir: string; date: string; output(): string };

/** A fault that lies over the collector until `end`. `fired` counts the times it was felt. */
export type Laid = { fired(): number; end(): Promise<void> };

export type FaultCase = {
  name: string;
  /** Settings of the collector, in addition to those of a busy one; may also be variables for the loader. */
  settings?: (dir: string) => Record<string, string>;
  /** True where the collector's folder must be a small disk of its own. */
  isOnSmallDisk?: boolean;
  lay(patient: Patient): Promise<Laid>;
  /**
   * What a sender and an operator see while it lasts. `refuses`: 503, not ready, and why; `keeps`: requests are taken, seals fail, not ready,
   * and why; `slow`: nothing but time.
   */
  seen: 'refuses' | 'keeps' | 'slow';
  /** What `/readyz` says. */
  says?: RegExp;
  /** True where it can accept no connection to answer on; those that are open it still serves. */
  isDeaf?: boolean;
};

const inject =
  (calls: string, fault: string, pathsOf?: (patient: Patient) => string[]) =>
  ({ pid, ...patient }: Patient): Promise<Laid> => {
    const injection: Injection = { calls, fault, ...(pathsOf && { paths: pathsOf({ pid, ...patient }) }) };
    return attach(pid, injection, join(patient.dir, 'trace'));
  };

/** Size of the small disk, and what its filler leaves of it. */
export const SMALL_DISK_MIB = 48;

export const FAULTS: FaultCase[] = [
  { name: 'writing the log: EIO', lay: inject('pwritev', 'error=EIO'), seen: 'refuses', says: /log: EIO/ },
  { name: 'writing the log: ENOSPC', lay: inject('pwritev', 'error=ENOSPC'), seen: 'refuses', says: /log: ENOSPC/ },
  { name: 'writing the log, every other call: EIO', lay: inject('pwritev', 'error=EIO:when=1+2'), seen: 'slow' },
  { name: 'writing the log and undoing it: EIO', lay: inject('pwritev,ftruncate', 'error=EIO'), seen: 'refuses', says: /log: EIO/ },
  { name: 'fsync of folders: EIO', lay: inject('fsync', 'error=EIO'), seen: 'refuses', says: /EIO/ },
  { name: 'opening files: EIO', lay: inject('openat', 'error=EIO'), seen: 'refuses', says: /EIO/ },
  { name: 'opening files: ENFILE', lay: inject('openat', 'error=ENFILE'), seen: 'refuses', says: /ENFILE/ },
  {
    name: 'a disk that turned read-only: EROFS',
    lay: inject('openat,pwritev,rename,mkdir,unlink,ftruncate', 'error=EROFS'),
    seen: 'refuses',
    says: /EROFS/,
  },
  { name: 'rename: EIO', lay: inject('rename', 'error=EIO'), seen: 'keeps', says: /seal: .*EIO/ },
  { name: 'rename: ENOSPC', lay: inject('rename', 'error=ENOSPC'), seen: 'keeps', says: /seal: .*ENOSPC/ },
  { name: 'mkdir: ENOSPC', lay: inject('mkdir', 'error=ENOSPC'), seen: 'keeps', says: /seal: .*ENOSPC/ },
  { name: 'removing log segments: EIO', lay: inject('unlink', 'error=EIO'), seen: 'keeps', says: /EIO/ },
  { name: 'writing lake files: EIO', lay: inject('write', 'error=EIO', temporaries), seen: 'keeps', says: /seal: .*EIO/ },
  { name: 'writing lake files: ENOSPC', lay: inject('write', 'error=ENOSPC', temporaries), seen: 'keeps', says: /seal: .*ENOSPC/ },
  { name: 'fdatasync of lake files: EIO', lay: inject('fdatasync', 'error=EIO'), seen: 'keeps', says: /seal: .*EIO/ },
  { name: 'a slow disk: 150 ms a write of the log', lay: inject('pwritev', 'delay_exit=150000'), seen: 'slow' },
  { name: 'a slow disk: 150 ms a fdatasync of a lake file', lay: inject('fdatasync', 'delay_exit=150000'), seen: 'slow' },
  { name: 'no more descriptors: EMFILE', lay: takeDescriptors, seen: 'refuses', isDeaf: true },
  { name: 'a disk that is full', isOnSmallDisk: true, lay: fillDisk, seen: 'refuses', says: /ENOSPC|bytes free/ },
  { name: 'a clock that jumps 3 h ahead', settings: fakeClock, lay: setClock('+3h'), seen: 'slow' },
  { name: 'a clock that jumps 3 h back', settings: fakeClock, lay: setClock('-3h'), seen: 'slow' },
  { name: 'a clock that jumps to and fro', settings: fakeClock, lay: setClock('+5h', '-7h', '+2h', '-1h'), seen: 'slow' },
];

/** The temporary files that the next seals and rewrites will write: the hours that the load is in, and many generations. */
function temporaries({ dir, date }: Patient): string[] {
  const names = ['samples', 'usage'].flatMap((table) => {
    const folder = readdirSync(lakeDirOf(dir), { recursive: true, encoding: 'utf8' }).filter((path) => path.includes(`${table}_`));
    const newest = new Map<string, number>();
    for (const path of folder) {
      const { stem, generation } = /^(?<stem>.*-)(?<generation>[0-9]+)\.parquet/.exec(path)?.groups ?? {};
      if (stem !== undefined) newest.set(stem, Math.max(newest.get(stem) ?? 0, Number(generation)));
    }
    if (newest.size === 0) throw new Error(`no ${table} file of ${date} yet`);
    return [...newest].flatMap(([stem, last]) => Array.from({ length: 40 }, (_, at) => `${stem}${last + at}.parquet.tmp`));
  });
  return names.map((name) => join(lakeDirOf(dir), name));
}

/** Lowers the limit below what is open: nothing more can be opened, accepted or listed. */
async function takeDescriptors({ pid, output }: Patient): Promise<Laid> {
  const limit = (soft: string) => execFileSync('prlimit', ['--pid', String(pid), `--nofile=${soft}:`]);
  const before = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1] as string;
  const from = output().length;
  limit('8');
  return {
    fired: () =>
      (
        output()
          .slice(from)
          .match(/EMFILE/g) ?? []
      ).length,
    end: async () => void limit(before),
  };
}

async function fillDisk({ dir, output }: Patient): Promise<Laid> {
  const filler = join(dir, 'filler');
  const from = output().length;
  try {
    for (;;) writeFileSync(filler, Buffer.alloc(65_536), { flag: 'a' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
  const free = () => statfsSync(logDirOf(dir)).bavail;
  return {
    fired: () =>
      free() === 0 || statSync(filler).size > 0
        ? (
            output()
              .slice(from)
              .match(/ENOSPC|bytes free/g) ?? []
          ).length
        : 0,
    end: async () => rmSync(filler),
  };
}

const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';

function fakeClock(dir: string): Record<string, string> {
  const file = join(dir, 'clock');
  writeFileSync(file, '+0\n');
  return { LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1', LOG_LEVEL: 'debug' };
}

/** Moves the clock to one offset after the other, each until a log line was written by it, and back to the truth at the end. */
function setClock(...offsets: string[]): (patient: Patient) => Promise<Laid> {
  return async ({ dir, output }) => {
    let [at, from, fired] = [0, 0, 0];
    const set = (offset: string) => {
      from = output().length;
      writeFileSync(join(dir, 'clock'), `${offset}\n`);
    };
    const isMoved = (offset: string) => {
      const times = [
        ...output()
          .slice(from)
          .matchAll(/"time":"([^"]+)"/g),
      ].map(([, time]) => Date.parse(time as string));
      return times.some((time) => Math.abs(time - Date.now() - Number.parseInt(offset, 10) * 3_600_000) < 600_000);
    };
    set(offsets[0] as string);
    const timer = setInterval(() => {
      if (at === offsets.length || !isMoved(offsets[at] as string)) return;
      fired++;
      if (++at < offsets.length) set(offsets[at] as string);
    }, 100);
    return {
      fired: () => (fired === offsets.length ? fired : 0),
      end: async () => {
        clearInterval(timer);
        set('+0');
      },
    };
  };
}
