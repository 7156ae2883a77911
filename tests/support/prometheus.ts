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
  /** Native histograms and exemplars too: of the targets, whose classic histograms become custom buckets, and of itself; and what rules record. */
  native?: { rulesFile: string; isScrapingItself: boolean };
};

/** A real Prometheus in server mode on loopback, ready to be configured. */
export async function startPrometheus(dir: string, config: PrometheusConfig): Promise<Prometheus> {
  mkdirSync(dir, { recursive: true });
  const configFile = join(dir, 'prometheus.json');
  const dataDir = join(dir, 'tsdb');
  const url = `http://127.0.0.1:${await freePort()}`;
  writeFileSync(configFile, render(config, url));
  const process = startChild(engineProgram('prometheus'), [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${dataDir}`,
    `--web.listen-address=${new URL(url).host}`,
    '--web.enable-lifecycle',
    ...(config.native ? ['--enable-feature=exemplar-storage'] : []),
  ]);
  await process.line(/Server is ready to receive web requests/, 60_000);
  return {
    url,
    dataDir,
    process,
    configure: async (next) => {
      writeFileSync(configFile, render(next, url));
      const answer = await fetch(`${url}/-/reload`, { method: 'POST' });
      if (!answer.ok) throw new Error(`reload answered ${answer.status}: ${await answer.text()}`);
    },
    metrics: async () => parseExposition(await (await fetch(`${url}/metrics`)).text()),
  };
}

/** JSON is YAML. Four shards at least, so that batches arrive side by side and, after a retry, out of order. */
function render({ scrapeIntervalSeconds, targets, remotes, native }: PrometheusConfig, url: string): string {
  const seconds = `${scrapeIntervalSeconds}s`;
  const shop = {
    job_name: 'shop',
    static_configs: [{ targets }],
    ...(native && { convert_classic_histograms_to_nhcb: true }),
  };
  const itself = { job_name: 'itself', static_configs: [{ targets: [new URL(url).host] }] };
  return JSON.stringify({
    global: {
      scrape_interval: seconds,
      scrape_timeout: seconds,
      evaluation_interval: seconds,
      ...(native && { scrape_native_histograms: true }),
    },
    ...(native?.isScrapingItself && { rule_files: [native.rulesFile] }),
    scrape_configs: [...(targets.length === 0 ? [] : [shop]), ...(native?.isScrapingItself ? [itself] : [])],
    remote_write: remotes.map(({ name, url, message }) => ({
      name,
      url,
      protobuf_message: message,
      queue_config: { min_shards: 4, max_shards: 8, batch_send_deadline: '1s' },
      ...(native && { send_exemplars: true, send_native_histograms: true }),
    })),
  });
}

function parseExposition(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}
