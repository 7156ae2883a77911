import { once } from 'node:events';
import { feed } from '../simulation/feed.ts';
import { makeScenario } from '../simulation/scenario.ts';
import type { FeedOrder, FeedReport } from './run-feed.ts';

/** The child process of the demo: gets one order, sends the simulated cluster's samples, reports, and waits for its parent to end it. */
process.on('disconnect', () => process.exit(1));
// Ctrl-C reaches the whole process group: the parent decides.
process.on('SIGINT', () => {});

const [{ fromMs, toMs, seed, url }] = (await once(process, 'message')) as [FeedOrder];
let reportedMs = 0;
const counts = await feed(makeScenario({ fromMs, toMs, seed }), new URL(url), {
  onProgress(share, samples) {
    if (performance.now() - reportedMs < 200) return;
    reportedMs = performance.now();
    report({ kind: 'progress', share, samples });
  },
  async beforeLate() {
    report({ kind: 'before-late' });
    await once(process, 'message');
  },
});
report({ kind: 'done', counts, cpuSeconds: (process.cpuUsage().user + process.cpuUsage().system) / 1e6 });

function report(message: FeedReport): void {
  process.send?.(message);
}
