import type { AgentArgs } from './metering-args.ts';
import { PLACES, podsHost, remoteWriteUrl, serviceHost } from './places.ts';
import { CA_FILE } from './tls.ts';

type Federated = Extract<AgentArgs, { mode: 'federated' }>;

/** What the door of the collector asks for. */
export type Door = { isTls: boolean; hasTokens: boolean };
/** Where an agent finds the certificate to check with, and its token. */
export const AGENT_CONFIG_DIR = '/etc/agent';
export const AGENT_TOKEN_DIR = '/etc/ingest-token';

/** Stands in the node agent's configuration for what only its pod knows. */
export const NODE_IP = 'NODE_IP';
export const NODE_NAME = 'NODE_NAME';

/** What cAdvisor tells about containers that costs are made of, and what is asked about them; the rest of its families are many times more. */
const CADVISOR_KEPT = [
  'container_cpu_usage_seconds_total',
  'container_cpu_cfs_(periods|throttled_periods)_total',
  'container_memory_(working_set_bytes|usage_bytes|rss)',
  'container_network_(receive|transmit)_bytes_total',
  'container_fs_(usage_bytes|reads_bytes_total|writes_bytes_total)',
  'container_(start_time_seconds|oom_events_total)',
  'machine_(cpu_cores|memory_bytes)',
];

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** One node's agent: the cAdvisor of its own kubelet, asked by address, so that no agent lists nodes. JSON is YAML. */
export function nodeAgentConfig({ scrapeIntervalS, verifiesKubelets }: Federated, door: Door): string {
  const cadvisor = {
    job_name: 'kubelet-cadvisor',
    scheme: 'https',
    metrics_path: '/metrics/cadvisor',
    // cAdvisor says when it read each value. With times of their own series get no staleness marker: an ended container would be charged for five
    // minutes more (Prometheus, "Staleness"). As kube-prometheus has it; times that all keep one step also take next to no bytes.
    honor_timestamps: false,
    authorization: { credentials_file: `${SERVICE_ACCOUNT}/token` },
    tls_config: verifiesKubelets ? { ca_file: `${SERVICE_ACCOUNT}/ca.crt` } : { insecure_skip_verify: true },
    static_configs: [{ targets: [`${NODE_IP}:10250`], labels: { instance: NODE_NAME, node: NODE_NAME } }],
    metric_relabel_configs: [{ source_labels: ['__name__'], regex: CADVISOR_KEPT.join('|'), action: 'keep' }],
  };
  return agentConfig(scrapeIntervalS, door, [cadvisor]);
}

/** The one agent of the cluster: kube-state-metrics, our own telemetry, GPUs where they are. */
export function clusterAgentConfig({ scrapeIntervalS, dcgm }: Federated, door: Door & { hasConsole: boolean }): string {
  const { kubeStateMetrics, collector, uploadApi, console } = PLACES;
  const { isTls } = door;
  return agentConfig(scrapeIntervalS, door, [
    // Its labels tell of other objects: they must win over those of its own pod.
    { job_name: 'kube-state-metrics', honor_labels: true, static_configs: [{ targets: [serviceHost(kubeStateMetrics)] }] },
    { ...pods('collector', podsHost(collector), collector.port), ...(isTls && checking(serviceHost(collector))) },
    pods('shipper', podsHost(collector), collector.shipperPort),
    { job_name: 'upload-api', static_configs: [{ targets: [serviceHost(uploadApi)] }], ...(isTls && checking(serviceHost(uploadApi))) },
    ...(door.hasConsole ? [{ job_name: 'console', static_configs: [{ targets: [serviceHost(console)] }] }] : []),
    ...(dcgm ? [{ ...pods('dcgm', dcgm.host, dcgm.port), honor_labels: true }] : []),
  ]);
}

/** What an own Prometheus needs to send its samples here: the block to paste. */
export function remoteWriteBlock(hasTokens: boolean, isTls: boolean): string {
  const tls = isTls ? ['    tls_config:', '      ca_file: <file with the certificate metering.tls.caCertificate>'] : [];
  const authorization = hasTokens ? ['    authorization:', '      credentials_file: <file with a token of the secret ingest-tokens>'] : [];
  return ['remote_write:', `  - url: ${remoteWriteUrl(isTls)}`, `    protobuf_message: ${WRITE_2}`, ...authorization, ...tls, ''].join(
    '\n',
  );
}

const WRITE_2 = 'io.prometheus.write.v2.Request';

function agentConfig(scrapeIntervalS: number, { isTls, hasTokens }: Door, jobs: object[]): string {
  const remoteWrite = {
    url: remoteWriteUrl(isTls),
    ...(isTls && { tls_config: { ca_file: `${AGENT_CONFIG_DIR}/${CA_FILE}` } }),
    ...(hasTokens && { authorization: { credentials_file: `${AGENT_TOKEN_DIR}/token` } }),
    protobuf_message: WRITE_2,
    // What the collector puts off (503) is kept in the agent's own log and sent again.
    queue_config: { max_shards: 10, max_samples_per_send: 2000, min_backoff: '1s', max_backoff: '30s' },
  };
  const interval = `${scrapeIntervalS}s`;
  return `${JSON.stringify({ global: { scrape_interval: interval, scrape_timeout: `${Math.min(10, scrapeIntervalS)}s` }, scrape_configs: jobs, remote_write: [remoteWrite] }, null, 2)}\n`;
}

/** Every pod behind a headless Service, by its addresses: no permission to list pods is needed. */
function pods(job: string, host: string, port: number) {
  return { job_name: job, dns_sd_configs: [{ names: [host], type: 'A', port }] };
}

/** A target that is known by its address has the name of its Service in its certificate. */
const checking = (server_name: string) => ({ scheme: 'https', tls_config: { ca_file: `${AGENT_CONFIG_DIR}/${CA_FILE}`, server_name } });
