import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineProgram } from '../../tools/engines/find.ts';
import { type Child, freePort, startChild } from './child.ts';

export type Prometheus = {
  url: string;
  dataDir: string;
  process: Child;
  configure(config: PrometheusConfig): Promise<void>;
  /** Its own metrics: `name{labels}` to value, as exposed. */
  metrics(): Promise<Map<string, number>>;
};

export type PrometheusConfig = {
  scrapeIntervalSeconds: number;
  /** Addresses to scrape; with none it stops scraping and goes on sending. */
  targets: string[];
  remotes: { name: string; url: string; message: 'prometheus.WriteRequest' | 'io.prometheus.write.v2.Request' }[];
};

/** A real Prometheus in server mode on loopback, ready to be configured. */
export async function startPrometheus(dir: string, config: PrometheusConfig): Promise<Prometheus> {
  mkdirSync(dir, { recursive: true });
  const configFile = join(dir, 'prometheus.json');
  const dataDir = join(dir, 'tsdb');
  const url = `http://127.0.0.1:${await freePort()}`;
  writeFileSync(configFile, render(config));
  const process = startChild(engineProgram('prometheus'), [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${dataDir}`,
    `--web.listen-address=${new URL(url).host}`,
    '--web.enable-lifecycle',
  ]);
  await process.line(/Server is ready to receive web requests/, 60_000);
  return {
    url,
    dataDir,
    process,
    configure: async (next) => {
      writeFileSync(configFile, render(next));
      const answer = await fetch(`${url}/-/reload`, { method: 'POST' });
      if (!answer.ok) throw new Error(`reload answered ${answer.status}: ${await answer.text()}`);
    },
    metrics: async () => parseExposition(await (await fetch(`${url}/metrics`)).text()),
  };
}

/** JSON is YAML. Four shards at least, so that batches arrive side by side and, after a retry, out of order. */
function render({ scrapeIntervalSeconds, targets, remotes }: PrometheusConfig): string {
  return JSON.stringify({
    global: { scrape_interval: `${scrapeIntervalSeconds}s`, scrape_timeout: `${scrapeIntervalSeconds}s` },
    scrape_configs: targets.length === 0 ? [] : [{ job_name: 'shop', static_configs: [{ targets }] }],
    remote_write: remotes.map(({ name, url, message }) => ({
      name,
      url,
      protobuf_message: message,
      queue_config: { min_shards: 4, max_shards: 8, batch_send_deadline: '1s' },
    })),
  });
}

function parseExposition(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}
