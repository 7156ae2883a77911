import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configFileOf, readCloudzeroConfig } from '@tallyship/shared/runtime/cloudzero-config';

// In the form of the chart's ConfigMap, with every key that it renders.
const CONFIG = `
cloud_account_id: "000000000001"
cluster_name: prod
region: us-east-1
server:
  mode: http
  port: 8080
  profiling: false
  reconnect_frequency: 16
logging:
  level: info
  capture: true
database:
  storage_path: /cloudzero/data
  max_records: 1.5e+06
  compression_level: 8
  cost_max_interval: 30m
  observability_max_interval: 10m
  purge_rules:
    metrics_older_than: 168h
    lazy: true
    percent: 20
cloudzero:
  api_key_path: /etc/config/secrets/value
  send_interval: 10m
  send_timeout: 2m30s
  host: api.cloudzero.com
  use_http: false
  http_max_retries: 10
  http_max_wait: 30s
metrics:
  cost:
    - pattern: up
      match: exact
`;

describe("CloudZero's configuration file", () => {
  let path: string;
  beforeEach(() => {
    path = join(mkdtempSync(join(tmpdir(), 'tallyship-config-')), 'config.yml');
  });
  afterEach(() => rmSync(join(path, '..'), { recursive: true }));

  it('is read as settings, and says what it leaves out', () => {
    writeFileSync(path, CONFIG);
    assert.deepEqual(readCloudzeroConfig(path), {
      env: {
        TARGETS: 'lake,cloudzero',
        CLOUD_ACCOUNT_ID: '000000000001',
        CLUSTER_NAME: 'prod',
        REGION: 'us-east-1',
        COLLECTOR_PORT: '8080',
        LOG_LEVEL: 'info',
        DATA_DIR: '/cloudzero/data',
        CLOUDZERO_SEAL_INTERVAL_MS: '1800000',
        RETENTION_MS: '604800000',
        CLOUDZERO_API_KEY_FILE: '/etc/config/secrets/value',
        SHIP_INTERVAL_MS: '600000',
        PUT_DEADLINE_MS: '150000',
        BACKOFF_MAX_MS: '30000',
        CLOUDZERO_URL: 'https://api.cloudzero.com',
        CLOUDZERO_FILTERS_FILE: path,
      },
      ignored: [
        'server.mode',
        'server.profiling',
        'server.reconnect_frequency',
        'logging.capture',
        'database.max_records',
        'database.compression_level',
        'database.observability_max_interval',
        'database.purge_rules.lazy',
        'database.purge_rules.percent',
        'cloudzero.http_max_retries',
      ],
    });
  });

  const faults: [name: string, content: string, message: RegExp][] = [
    ['a duration that is none', 'cloudzero: {send_interval: soon}', /cloudzero\.send_interval soon is not a duration/],
    ['a list', '- a', /is not a mapping/],
    ['no YAML', 'a: [', /-config .*config\.yml/],
  ];
  for (const [name, content, message] of faults) {
    it(`refuses ${name}`, () => {
      writeFileSync(path, content);
      assert.throws(() => readCloudzeroConfig(path), { name: 'SettingsError', message });
    });
  }

  it('is named by -config or --config, and nothing else is taken', () => {
    assert.equal(configFileOf(['-config', 'a.yml']), 'a.yml');
    assert.equal(configFileOf(['--config=a.yml']), 'a.yml');
    assert.equal(configFileOf([]), undefined);
    assert.throws(() => configFileOf(['--port', '1']), /--port/);
  });
});
