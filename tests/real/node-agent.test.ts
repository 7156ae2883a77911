import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { AGENT_CONFIG_DIR, AGENT_TOKEN_DIR, type Door, NODE_IP, NODE_NAME, nodeAgentConfig } from '../../infra/workloads/agent-config.ts';
import { remoteWriteUrl } from '../../infra/workloads/places.ts';
import { engineProgram } from '../../tools/engines/find.ts';
import { askOverTls, type Certificate, makeCertificate } from '../support/certificate.ts';
import { freePort, sleep, startChild } from '../support/child.ts';
import { type Kubelet, startKubelet } from '../support/kubelet.ts';
import { LISTENS, lakeDirOf, startCollectorChild } from '../support/load-collector.ts';

const CADVISOR = [
  'container_cpu_usage_seconds_total{container="web",namespace="shop",pod="web-0",id="/kubepods/a"} 12.5',
  'container_memory_working_set_bytes{container="web",namespace="shop",pod="web-0",id="/kubepods/a"} 4096',
  'container_network_receive_bytes_total{interface="eth0",namespace="shop",pod="web-0",id="/kubepods"} 77',
  'container_tasks_state{container="web",namespace="shop",pod="web-0",state="sleeping"} 0',
];
const ENDS = 'container_memory_working_set_bytes{container="job",namespace="shop",pod="job-0",id="/kubepods/b"} 8192';
/** With the time of the reading, which is a while ago, as cAdvisor has it. */
const expositionOf = (lines: string[]) => lines.map((line) => `${line} ${Date.now() - 5000}\n`).join('');
const TOKEN = 'a-token-of-the-agents';
const DOORS = { plainly: { isTls: false, hasTokens: false }, 'with TLS and a token': { isTls: true, hasTokens: true } };
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

describe('a real Prometheus agent with the configuration of a node', function () {
  this.timeout(120_000);
  let dir: string;
  let kubelet: Kubelet;
  let certificate: Certificate;
  let running: string[];
  before(async () => {
    kubelet = await startKubelet(() => expositionOf(running));
    certificate = makeCertificate('collector', ['localhost']);
  });
  after(() => kubelet.close());
  beforeEach(() => {
    running = CADVISOR;
    dir = mkdtempSync(join(tmpdir(), 'tallyship-node-agent-'));
    for (const [name, text] of Object.entries({
      'tls.crt': certificate.cert,
      'tls.key': certificate.key,
      'ca.crt': certificate.ca,
      token: TOKEN,
    }))
      writeFileSync(join(dir, name), text);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  for (const [how, door] of Object.entries(DOORS)) {
    it(`shows its token, verifies the kubelet, and brings what costs are made of into the lake, ${how}`, async () => {
      const lake = await lakeAfter(door, (received) => received(3 * CADVISOR.length));
      assert.equal(kubelet.refused(), 0);
      assert.deepEqual(await rowsOf(lake, 'metric, node, instance, job, max(value)'), [
        ['container_cpu_usage_seconds_total', 'node-a', 'node-a', 'kubelet-cadvisor', 12.5],
        ['container_memory_working_set_bytes', 'node-a', 'node-a', 'kubelet-cadvisor', 4096],
        ['container_network_receive_bytes_total', 'node-a', 'node-a', 'kubelet-cadvisor', 77],
      ]);
    });
  }

  it('says when a container has ended, so that nothing is charged behind its end', async () => {
    running = [...CADVISOR, ENDS];
    const lake = await lakeAfter(DOORS.plainly, async (received) => {
      await received(3 * running.length);
      running = CADVISOR;
      await received(20 * CADVISOR.length);
    });
    const markers = `pod, bool_or(value IS NULL AND ts < (SELECT max(ts) FROM file WHERE pod = 'web-0' AND value IS NOT NULL))`;
    assert.deepEqual(await rowsOf(lake, markers), [
      ['job-0', true],
      ['web-0', false],
    ]);
  });

  /** The lake after an agent has sent to a collector as long as `until` takes; that one waits for so many samples. */
  async function lakeAfter(door: Door, until: (received: (samples: number) => Promise<void>) => Promise<void>): Promise<string> {
    const port = await freePort();
    const tls = { TLS_CERT_FILE: join(dir, 'tls.crt'), TLS_KEY_FILE: join(dir, 'tls.key') };
    const collector = startCollectorChild(dir, port, {
      ...(door.isTls && tls),
      ...(door.hasTokens && { BEARER_TOKENS_FILE: join(dir, 'token') }),
    });
    await collector.line(LISTENS, 30_000);
    const agent = await startAgent(port, door);
    const metricsOf = door.isTls
      ? async () => (await askOverTls(`https://127.0.0.1:${port}/metrics`, certificate, 'localhost')).text
      : async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await until((samples) => untilReceived(metricsOf, samples));
    await agent.end('SIGTERM');
    assert.equal(await collector.end('SIGTERM'), 0, collector.output());
    return lakeDirOf(dir);
  }

  /** What differs from a pod: addresses, and where the files of the service account are. */
  async function startAgent(collectorPort: number, door: Door) {
    const config = nodeAgentConfig({ mode: 'federated', scrapeIntervalS: 1, verifiesKubelets: true }, door)
      .replace(`${NODE_IP}:10250`, `127.0.0.1:${kubelet.port}`)
      .replaceAll(NODE_NAME, 'node-a')
      .replace(`${SERVICE_ACCOUNT}/token`, kubelet.tokenFile)
      .replace(`${SERVICE_ACCOUNT}/ca.crt`, kubelet.caFile)
      .replace(remoteWriteUrl(door.isTls), `${door.isTls ? 'https://localhost' : 'http://127.0.0.1'}:${collectorPort}/api/v1/write`)
      .replace(`${AGENT_CONFIG_DIR}/`, `${dir}/`)
      .replace(`${AGENT_TOKEN_DIR}/`, `${dir}/`);
    const file = join(dir, 'agent.json');
    writeFileSync(file, config);
    const args = ['--agent', `--config.file=${file}`, `--storage.agent.path=${join(dir, 'wal')}`];
    return startChild(engineProgram('prometheus'), [...args, `--web.listen-address=127.0.0.1:${await freePort()}`]);
  }
});

/** Waits for so many samples; a scrape brings some of its own too. */
async function untilReceived(metricsOf: () => Promise<string>, wanted: number): Promise<void> {
  for (const deadlineMs = Date.now() + 60_000; ; await sleep(200)) {
    const text = await metricsOf();
    const counts = [...text.matchAll(/^collector_samples_total(?:\{[^}]*\})? ([0-9]+)$/gm)].map(([, count]) => Number(count));
    if (counts.reduce((sum, count) => sum + count, 0) >= wanted) return;
    assert.ok(Date.now() < deadlineMs, text);
  }
}

/** @param columns over the samples of containers, grouped by all that are no aggregate */
async function rowsOf(lake: string, columns: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const reader = await connection.runAndReadAll(`
    WITH file AS (SELECT * FROM read_parquet('${lake}/samples/**/*.parquet') WHERE metric LIKE 'container%')
    SELECT ${columns} FROM file GROUP BY ALL ORDER BY ALL`);
  return reader.getRows();
}
