/** The queue is at its limit. The caller should come back after `retryAfterSeconds`. */
export class QueueFullError extends Error {
  override name = 'QueueFullError';
  readonly retryAfterSeconds = 5;
}

export type QueryQueue = {
  /**
   * Runs `work` when all earlier work is done.
   * @throws QueueFullError at once when `maxWaiting` others wait already
   * @throws the signal's reason as soon as it fires while waiting; `work` is then never started
   */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
  waiting(): number;
  refused(): number;
};

/**
 * One query at a time: the memory of one is bounded by a setting, that of many at once would not be.
 * @param maxWaiting how many may wait behind the running one
 */
export function createQueryQueue(maxWaiting: number): QueryQueue {
  const waiters: (() => void)[] = [];
  let isRunning = false;
  let refused = 0;

  const turn = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        waiters.splice(waiters.indexOf(begin), 1);
        reject(signal.reason);
      };
      const begin = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      waiters.push(begin);
    });
  // The place is handed on without becoming free in between, so that nobody overtakes a waiter.
  const handOn = () => {
    const begin = waiters.shift();
    if (begin === undefined) isRunning = false;
    else begin();
  };

  return {
    waiting: () => waiters.length,
    refused: () => refused,
    run: async (work, signal) => {
      signal.throwIfAborted();
      if (!isRunning) isRunning = true;
      else if (waiters.length < maxWaiting) await turn(signal);
      else {
        refused += 1;
        throw new QueueFullError(`${waiters.length} queries wait, limit ${maxWaiting}; come back later or raise MAX_WAITING_QUERIES`);
      }
      try {
        return await work();
      } finally {
        handOn();
      }
    },
  };
}
