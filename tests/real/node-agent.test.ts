import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { NODE_IP, NODE_NAME, nodeAgentConfig } from '../../infra/workloads/agent-config.ts';
import { remoteWriteUrl } from '../../infra/workloads/places.ts';
import { engineProgram } from '../../tools/engines/find.ts';
import { freePort, sleep, startChild } from '../support/child.ts';
import { type Kubelet, startKubelet } from '../support/kubelet.ts';
import { LISTENS, lakeDirOf, startCollectorChild } from '../support/load-collector.ts';

const CADVISOR = [
  'container_cpu_usage_seconds_total{container="web",namespace="shop",pod="web-0",id="/kubepods/a"} 12.5',
  'container_memory_working_set_bytes{container="web",namespace="shop",pod="web-0",id="/kubepods/a"} 4096',
  'container_network_receive_bytes_total{interface="eth0",namespace="shop",pod="web-0",id="/kubepods"} 77',
  'container_tasks_state{container="web",namespace="shop",pod="web-0",state="sleeping"} 0',
  '',
].join('\n');
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

describe('a real Prometheus agent with the configuration of a node', function () {
  this.timeout(120_000);
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-node-agent-'));
  let kubelet: Kubelet;
  before(async () => {
    kubelet = await startKubelet(CADVISOR);
  });
  after(() => {
    kubelet.close();
    rmSync(dir, { recursive: true });
  });

  it('shows its token, verifies the kubelet, and brings what costs are made of into the lake', async () => {
    const port = await freePort();
    const collector = startCollectorChild(dir, port);
    await collector.line(LISTENS, 30_000);
    const agent = await startAgent(port);
    await untilReceived(port, 3);
    await agent.end('SIGTERM');
    assert.equal(await collector.end('SIGTERM'), 0, collector.output());
    assert.equal(kubelet.refused(), 0);
    assert.deepEqual(await rowsOf(lakeDirOf(dir)), [
      ['container_cpu_usage_seconds_total', 'node-a', 'node-a', 'kubelet-cadvisor', 12.5],
      ['container_memory_working_set_bytes', 'node-a', 'node-a', 'kubelet-cadvisor', 4096],
      ['container_network_receive_bytes_total', 'node-a', 'node-a', 'kubelet-cadvisor', 77],
    ]);
  });

  /** What differs from a pod: addresses, and where the files of the service account are. */
  async function startAgent(collectorPort: number) {
    const config = nodeAgentConfig({ mode: 'federated', scrapeIntervalS: 1, verifiesKubelets: true })
      .replace(`${NODE_IP}:10250`, `127.0.0.1:${kubelet.port}`)
      .replaceAll(NODE_NAME, 'node-a')
      .replace(`${SERVICE_ACCOUNT}/token`, kubelet.tokenFile)
      .replace(`${SERVICE_ACCOUNT}/ca.crt`, kubelet.caFile)
      .replace(remoteWriteUrl(), `http://127.0.0.1:${collectorPort}/api/v1/write`);
    const file = join(dir, 'agent.json');
    writeFileSync(file, config);
    const args = ['--agent', `--config.file=${file}`, `--storage.agent.path=${join(dir, 'wal')}`];
    return startChild(engineProgram('prometheus'), [...args, `--web.listen-address=127.0.0.1:${await freePort()}`]);
  }
});

/** Waits for so many samples of containers; a scrape brings some of its own too. */
async function untilReceived(port: number, scrapes: number): Promise<void> {
  const wanted = scrapes * (CADVISOR.split('\n').length - 1);
  for (const deadlineMs = Date.now() + 60_000; ; await sleep(200)) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const counts = [...text.matchAll(/^collector_samples_total(?:\{[^}]*\})? ([0-9]+)$/gm)].map(([, count]) => Number(count));
    if (counts.reduce((sum, count) => sum + count, 0) >= wanted) return;
    assert.ok(Date.now() < deadlineMs, text);
  }
}

/** Series of containers with their highest value: the staleness marker at the end is none. */
async function rowsOf(lake: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const reader = await connection.runAndReadAll(`
    SELECT metric, node, instance, job, max(value) FROM read_parquet('${lake}/samples/**/*.parquet')
    WHERE metric LIKE 'container%' GROUP BY ALL ORDER BY ALL`);
  return reader.getRows();
}
