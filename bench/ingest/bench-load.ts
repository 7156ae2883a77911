import { loadCluster } from '../../tests/support/load-cluster.ts';
import type { LoadMix } from '../../tests/support/load-mixes.ts';
import { LoadRequests } from '../../tests/support/load-requests.ts';
import { loadValues } from '../../tests/support/load-values.ts';

export type LoadShape = { series: number; scrapes: number; samplesARequest: number; connections: number; mix?: LoadMix };

/** An encoded load. `shards[i]` goes over connection i, in order. */
export type BenchLoad = {
  shards: Buffer[][];
  samples: number;
  series: number;
  /** All value bits XORed into one word. */
  bits: bigint;
  bytes: number;
};

const INTERVAL_MS = 15_000;
/** Every target has its own offset in the interval, as scrape loops have. */
const TARGET_OFFSET_MS = 617;

/**
 * Encodes the scrapes of a cluster, so that sending costs next to nothing.
 * @param startMs time of the first scrape
 */
export function encodeLoad(version: 1 | 2, startMs: number, { series, scrapes, samplesARequest, connections, mix }: LoadShape): BenchLoad {
  const cluster = loadCluster(series, mix);
  const putValue = loadValues(cluster);
  const load: BenchLoad = { shards: Array.from({ length: connections }, () => []), samples: 0, series, bits: 0n, bytes: 0 };
  let [low, high] = [0, 0];
  const slices = Array.from({ length: Math.ceil(series / samplesARequest) }, (_, at) => {
    const first = at * samplesARequest;
    return {
      first,
      requests: new LoadRequests(cluster.series.slice(first, first + samplesARequest), version),
      put: (view: DataView, to: number, index: number, timeMs: number) => {
        putValue(view, to, first + index, timeMs);
        low ^= view.getUint32(to, true);
        high ^= view.getUint32(to + 4, true);
        load.samples++;
      },
    };
  });
  for (let scrape = 0; scrape < scrapes; scrape++) {
    for (const [at, { first, requests, put }] of slices.entries()) {
      const timesOf = (index: number) => {
        const target = cluster.targets[first + index] as number;
        return [startMs + scrape * INTERVAL_MS + ((target * TARGET_OFFSET_MS) % INTERVAL_MS)];
      };
      const body = requests.make(timesOf, put);
      load.bytes += body.length;
      load.shards[at % connections]?.push(body);
    }
  }
  load.bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return load;
}
