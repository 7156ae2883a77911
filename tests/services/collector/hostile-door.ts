import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { startCollector } from '../../../services/collector/collector.ts';
import { COLLECTOR_SETTINGS } from '../../../services/collector/settings.ts';

/** Full minutes, and for all tests of a process the same ones: times in requests are made from it. */
export const NOW = Math.floor(Date.now() / 60_000) * 60_000;

export type Door = Awaited<ReturnType<typeof openDoor>>;

/** A collector on loopback, with the settings as shipped but for `env`, over folders of its own. */
export async function openDoor(env: Record<string, string> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-door-'));
  const lakeDir = join(dir, 'lake');
  const own = { DATA_DIR: dir, LAKE_OUTPUT_DIR: lakeDir, COLLECTOR_PORT: '0', REPLICA: 'r0', ZSTD_LEVEL: '1', LOG_LEVEL: 'silent' };
  const collector = await startCollector(readSettings(COLLECTOR_SETTINGS, { ...own, ...env }));
  return {
    dir,
    lakeDir,
    url: collector.url,
    port: Number(new URL(collector.url).port),
    write: async (body: Uint8Array | undefined, headers: Record<string, string>, query = '') =>
      answerOf(
        await fetch(`${collector.url}/api/v1/write${query}`, { method: 'POST', headers, ...(body && { body: new Uint8Array(body) }) }),
      ),
    /** A number of the collector's own telemetry. */
    measure: async (metric: string) => {
      const text = await (await fetch(`${collector.url}/metrics`)).text();
      return Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(text)?.[1]);
    },
    sealAll: () => collector.sealAll(),
    close: async () => {
      await collector.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export const V1 = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
export const V2 = { 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request', 'content-encoding': 'snappy' };

/** What a sender sees of an answer. `written` is the three headers in the order samples, histograms, exemplars. */
export async function answerOf(response: Response) {
  const header = (kind: string) => response.headers.get(`x-prometheus-remote-write-${kind}-written`);
  return {
    status: response.status,
    written: [header('samples'), header('histograms'), header('exemplars')].join(),
    text: await response.text(),
    retryAfter: response.headers.get('retry-after'),
  };
}
