import fs from 'node:fs';
import fsp, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { devNull } from 'node:os';

/** Calls that change what is on disk. */
const PROMISED = ['open', 'rename', 'rm'] as const;
const SYNCHRONOUS = ['mkdirSync', 'truncateSync', 'writeFileSync'] as const;
const OF_HANDLES = ['writev', 'write', 'appendFile', 'truncate'] as const;

type Call = (...args: unknown[]) => unknown;

/**
 * Calls `onStep` before every change that this process makes to the disk, and halfway through every write of the log, while `work` runs.
 * What lies on disk then is what a kill at that moment leaves.
 */
export async function watchDiskSteps<T>(onStep: (step: string) => void, work: () => Promise<T>): Promise<T> {
  const undo: (() => void)[] = [];
  let isInside = false;
  const step = (name: string) => {
    if (isInside) return;
    isInside = true;
    onStep(name);
    isInside = false;
  };
  const patch = (owner: object, name: string, around: (call: Call, self: unknown, args: unknown[]) => unknown) => {
    const calls = owner as Record<string, Call>;
    const call = calls[name] as Call;
    calls[name] = function (this: unknown, ...args: unknown[]) {
      return around(call, this, args);
    };
    undo.push(() => {
      calls[name] = call;
    });
  };
  const before = (owner: object, name: string) =>
    patch(owner, name, (call, self, args) => {
      step(name);
      return call.apply(self, args);
    });

  const handle = await fsp.open(devNull, 'r');
  const handles = Object.getPrototypeOf(handle) as object;
  await handle.close();
  for (const name of PROMISED) before(fsp, name);
  for (const name of SYNCHRONOUS) before(fs, name);
  for (const name of OF_HANDLES) before(handles, name);
  patch(handles, 'writev', (call, self, args) => {
    const [parts, position] = args as [Buffer[], number];
    const bytes = Buffer.concat(parts);
    fs.writeSync((self as FileHandle).fd, bytes, 0, Math.floor(bytes.length / 2), position);
    step('writev, torn');
    return call.apply(self, args);
  });
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    for (const restore of undo.reverse()) restore();
    syncBuiltinESMExports();
  }
}
