import { setImmediate, setTimeout } from 'node:timers/promises';

/** Work in one go, at most: a request that comes meanwhile waits as long. */
const SLICE_MS = 4;
/** How long requests that are under way keep a seal waiting, at most: it goes on under any load. */
const PATIENCE_MS = 40;

/**
 * Makes the pause of long work. It lets requests through once the work has lasted a slice, and waits while some are under way: one takes several turns of
 * the event loop, and would otherwise lose a slice at each.
 */
export function pacer(isBusy: () => boolean): () => Promise<void> {
  let resumedAtMs = performance.now();
  return async () => {
    const pausedAtMs = performance.now();
    if (pausedAtMs - resumedAtMs < SLICE_MS) return;
    await setImmediate();
    while (isBusy() && performance.now() - pausedAtMs < PATIENCE_MS) await setTimeout(1);
    resumedAtMs = performance.now();
  };
}
