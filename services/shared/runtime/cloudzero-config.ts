import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { SettingsError } from './settings.ts';

type Reader = (value: unknown, path: string) => Record<string, string>;

const text =
  (name: string): Reader =>
  (value) => ({ [name]: String(value) });
const duration =
  (name: string): Reader =>
  (value, path) => ({ [name]: String(goDurationMs(String(value), path)) });

/** CloudZero's keys (agent 1.2 and that of 2024) and the settings that they stand for. */
const KEYS: Record<string, Reader> = {
  cloud_account_id: text('CLOUD_ACCOUNT_ID'),
  region: text('REGION'),
  cluster_name: text('CLUSTER_NAME'),
  organization_id: text('CLOUDZERO_ORGANIZATION_ID'),
  'server.port': text('COLLECTOR_PORT'),
  'logging.level': text('LOG_LEVEL'),
  'database.storage_path': text('DATA_DIR'),
  'database.cost_max_interval': duration('CLOUDZERO_SEAL_INTERVAL_MS'),
  'database.purge_rules.metrics_older_than': duration('RETENTION_MS'),
  'cloudzero.api_key_path': text('CLOUDZERO_API_KEY_FILE'),
  'cloudzero.send_interval': duration('SHIP_INTERVAL_MS'),
  'cloudzero.send_timeout': duration('PUT_DEADLINE_MS'),
  'cloudzero.http_max_wait': duration('BACKOFF_MAX_MS'),
};

/** Members that are read as a whole, elsewhere or together with another one. */
const READ_APART = new Set(['metrics', 'cloudzero.host', 'cloudzero.use_http']);

/**
 * The file that `-config FILE` (or `--config FILE`) names on the command line.
 * @throws SettingsError for any other argument
 */
export function configFileOf(args: string[]): string | undefined {
  const known = args.map((arg) => (arg === '-config' ? '--config' : arg));
  try {
    return parseArgs({ args: known, options: { config: { type: 'string' } }, strict: true }).values.config;
  } catch (error) {
    throw new SettingsError(`${(error as Error).message}; settings come from the environment, or from CloudZero's YAML by -config FILE`);
  }
}

/**
 * Reads CloudZero's configuration as settings, so that their ConfigMap works unchanged. The environment is to win over it.
 * @returns the settings, and the keys that have no meaning here
 * @throws SettingsError when the file cannot be read or a duration is none
 */
export function readCloudzeroConfig(path: string): { env: Record<string, string>; ignored: string[] } {
  const document = parseDocument(path);
  const entries = flatten(document);
  const env: Record<string, string> = { TARGETS: 'lake,cloudzero' };
  for (const [key, value] of entries) Object.assign(env, KEYS[key]?.(value, `${path}: ${key}`));
  const cloudzero = (document.cloudzero ?? {}) as { host?: string; use_http?: boolean };
  if (cloudzero.host) env.CLOUDZERO_URL = `${cloudzero.use_http ? 'http' : 'https'}://${cloudzero.host}`;
  if (document.metrics) env.CLOUDZERO_FILTERS_FILE = path;
  const ignored = entries.map(([key]) => key).filter((key) => !KEYS[key] && !READ_APART.has(key) && !key.startsWith('metrics.'));
  return { env, ignored };
}

function parseDocument(path: string): Record<string, unknown> {
  try {
    const document: unknown = parse(readFileSync(path, 'utf8'));
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document as Record<string, unknown>;
  } catch (error) {
    throw new SettingsError(`-config ${path}: ${(error as Error).message}`);
  }
  throw new SettingsError(`-config ${path}: is not a mapping`);
}

/** Members by their path, `cloudzero.host`; lists count as one value. */
function flatten(node: Record<string, unknown>, prefix = ''): [key: string, value: unknown][] {
  return Object.entries(node).flatMap(([name, value]) => {
    const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isMapping ? flatten(value as Record<string, unknown>, `${prefix}${name}.`) : [[`${prefix}${name}`, value]];
  });
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Go's durations: `90s`, `1h30m`, `168h`. */
function goDurationMs(value: string, path: string): number {
  const parts = [...value.matchAll(/([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== value)
    throw new SettingsError(`${path} ${value} is not a duration such as 10m or 1h30m`);
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit as string] as number), 0);
}
