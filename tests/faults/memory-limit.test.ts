import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceContainer } from '../../infra/workloads/service-container.ts';
import { makeWatchedFolders } from '../crash/kill-moments.ts';
import { Ledger } from '../crash/ledger.ts';
import { type Load, startLoad } from '../crash/load.ts';
import { type Child, freePort, sleep } from '../support/child.ts';
import { LISTENS, lakeDirOf, startCollectorChild } from '../support/load-collector.ts';
import { watchMemory } from '../support/process-memory.ts';
import { limitMemory } from './memory-limit.ts';

const MIB = 2 ** 20;
const DAY_MS = 86_400_000;
const SHARDS = 8;
const REQUEST = { series: 2000, steps: 5 };
const PATIENCE_MS = 300_000;
const LIMIT_MIB = 192;
/** Far more than the limit, as if there were none. */
const CARELESS = { MAX_OPEN_BYTES: String(512 * MIB), NODE_OPTIONS: '--max-old-space-size=4096', SEAL_INTERVAL_MS: '3600000' };

/** What the program gives a container of this size; the rest the collector takes from the limit itself. */
function containerSettings(memoryMib: number): Record<string, string> {
  const size = { cpuRequestMillis: 200, cpuLimitMillis: 2000, memoryMib };
  const { env = [] } = serviceContainer({ name: 'collector', image: 'collector', port: 8080, env: [], size, mounts: {}, hasTraffic: true });
  const { value } = env.find(({ name }) => name === 'NODE_OPTIONS') as { value: string };
  return { NODE_OPTIONS: value, SEAL_INTERVAL_MS: '3600000' };
}

describe('a collector in a container whose memory is limited', function () {
  this.timeout(900_000);
  const root = mkdtempSync(join(tmpdir(), 'tallyship-memory-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  const dayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
  /** Samples that were acknowledged up to the kill. */
  let deadly = 0;

  /** A collector under load, held in a limit from its first moment. */
  async function underLoad(name: string, settings: Record<string, string>, work: (run: Run) => Promise<void>): Promise<void> {
    const dir = join(root, name);
    makeWatchedFolders(dir, new Date(dayMs).toISOString().slice(0, 10));
    const port = await freePort();
    const started: { child: Child; remove: () => void }[] = [];
    const start = async (memoryMib: number, own: Record<string, string>) => {
      const child = startCollectorChild(dir, port, own);
      const limit = limitMemory(child.pid, memoryMib * MIB);
      started.push({ child, remove: limit.remove });
      await child.line(LISTENS, PATIENCE_MS);
      return { child, kills: limit.kills };
    };
    const first = await start(LIMIT_MIB, settings);
    const load = startLoad({ url: `http://127.0.0.1:${port}/api/v1/write`, ledger: new Ledger(SHARDS, dayMs, REQUEST) });
    try {
      await work({ dir, ...first, load, start });
    } finally {
      load.abort();
      for (const { child, remove } of started) {
        await child.end('SIGKILL');
        remove();
      }
    }
  }

  it('is killed by the kernel where its settings ask for more, and the next start loses and doubles nothing', () =>
    underLoad('careless', CARELESS, async ({ dir, child, kills, load, start }) => {
      await until('the kernel kills', child.output, () => kills() > 0);
      assert.equal(await child.end('SIGKILL'), null, 'ended by a signal');
      deadly = load.ledger.acknowledged;
      const next = await start(1024, containerSettings(1024));
      const before = load.acknowledged();
      await until('every sender is served again', next.child.output, () =>
        load.acknowledged().every((count, shard) => count > (before[shard] as number)),
      );
      await load.finish();
      assert.equal(await next.child.end('SIGTERM', PATIENCE_MS), 0);
      assert.deepEqual([next.kills(), (await load.ledger.faults(lakeDirOf(dir))).slice(0, 10)], [0, []]);
      console.log(`      killed ${kills()} times after ${deadly} samples; ${load.retries()} requests sent again, none lost, none twice`);
    }));

  it('lives under the same load with the settings of its container', () =>
    underLoad('careful', containerSettings(LIMIT_MIB), async ({ dir, child, kills, load }) => {
      const peakOf = watchMemory(child.pid, 'RssAnon');
      await until('half as much again as was deadly', child.output, () => load.ledger.acknowledged > 1.5 * deadly || kills() > 0);
      await load.finish();
      assert.equal(await child.end('SIGTERM', PATIENCE_MS), 0);
      console.log(`      ${load.ledger.acknowledged} samples within ${LIMIT_MIB} MiB, at most ${Math.round(peakOf())} MiB anonymous`);
      assert.deepEqual([kills(), (await load.ledger.faults(lakeDirOf(dir))).slice(0, 10)], [0, []]);
    }));
});

type Run = {
  dir: string;
  child: Child;
  kills: () => number;
  load: Load;
  start: (memoryMib: number, settings: Record<string, string>) => Promise<{ child: Child; kills: () => number }>;
};

async function until(what: string, output: () => string, isSo: () => boolean): Promise<void> {
  for (const untilMs = Date.now() + PATIENCE_MS; !isSo(); await sleep(50)) {
    if (Date.now() > untilMs) throw new Error(`not in ${PATIENCE_MS} ms: ${what}\n${output().slice(-3000)}`);
  }
}
