import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild } from './child.ts';

export type Identity = { account: string; region: string; cluster: string };
type Env = Record<string, string>;
export type PipelineOptions = {
  /** An empty folder: secrets, and a data volume a replica. */
  dir: string;
  storeUrl: string;
  /** The upload API comes back on the same port after each start. */
  uploadPort: number;
  identity: Identity;
  collector?: Env;
  shipper?: Env;
  uploadApi?: Env;
};

/** What the object store must accept, and what its bucket is called. */
export const STORE_CREDENTIALS = { accessKeyId: 'pipeline', secretAccessKey: 'a-secret-of-this-test-alone' };
const BUCKET = 'lake';
const UPLOAD_KEY = 'a-key-of-this-test-alone-0123456789';
const START_MS = 60_000;
const LISTENS = /(collector|shipper|upload API) listens/;

/** Collectors, shippers and an upload API as processes of their own, so that each can be killed; a data volume for each replica. */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #secrets: { keyFile: string; keysFile: string; credentialsFile: string };
  readonly #children: Child[] = [];

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#secrets = writeSecrets(join(options.dir, 'secrets'));
  }

  get uploadUrl(): string {
    return `http://127.0.0.1:${this.#options.uploadPort}`;
  }

  dataDir(replica: string): string {
    return join(this.#options.dir, 'volumes', replica);
  }

  /** Where a collector takes remote write for the cluster of this pipeline. */
  writeUrl(collectorPort: number): string {
    const { account, region, cluster } = this.#options.identity;
    const query = new URLSearchParams({ cluster_name: cluster, cloud_account_id: account, region });
    return `http://127.0.0.1:${collectorPort}/api/v1/write?${query}`;
  }

  /** As soon as it is started; it does not listen yet. */
  spawnUploadApi(): Child {
    const { keysFile, credentialsFile } = this.#secrets;
    return this.#spawn('upload-api', {
      UPLOAD_API_PORT: String(this.#options.uploadPort),
      KEYS_FILE: keysFile,
      STORE_ENDPOINT: this.#options.storeUrl,
      STORE_BUCKET: BUCKET,
      STORE_CREDENTIALS_FILE: credentialsFile,
      ...this.#options.uploadApi,
    });
  }

  /** As soon as it is started; it does not listen yet. */
  spawnShipper(replica: string, settings: Env = {}): Child {
    return this.#spawn('shipper', { DATA_DIR: this.dataDir(replica), ...this.#shipperEnv(replica), ...settings });
  }

  async startUploadApi(): Promise<Child> {
    return listening(this.spawnUploadApi());
  }

  async startShipper(replica: string, settings: Env = {}): Promise<Child> {
    return listening(this.spawnShipper(replica, settings));
  }

  /** @param replica also the name in the file names */
  async startCollector(replica: string, port: number, settings: Env = {}): Promise<Child> {
    const env = {
      COLLECTOR_PORT: String(port),
      DATA_DIR: this.dataDir(replica),
      REPLICA: replica,
      ...this.#options.collector,
      ...settings,
    };
    return listening(this.#spawn('collector', env));
  }

  /** `shipper drain --data DIR`, or another command, to its end. @returns its exit code and all that it said */
  runShipper(command: 'drain' | 'status', replica: string, settings: Env = {}): Promise<{ code: number; output: string }> {
    const env = { PATH: process.env.PATH, ...this.#shipperEnv(replica), ...settings };
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [mainOf('shipper'), command, '--data', this.dataDir(replica)], { env }, (_, out, said) =>
        resolve({ code: child.exitCode ?? -1, output: out + said }),
      );
    });
  }

  /** @throws Error when the API refuses */
  async completeness(fromMs: number, toMs: number): Promise<Completeness> {
    const { account, region, cluster } = this.#options.identity;
    const range = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
    return this.#call(`/v1/completeness?${new URLSearchParams({ cluster: `${account}/${region}/${cluster}`, ...range })}`);
  }

  /** Asks for files to be shipped again. @throws Error when the API refuses or is gone */
  async replay(referenceIds: string[]): Promise<void> {
    await this.#call('/v1/replay', { method: 'POST', body: JSON.stringify({ ...this.#options.identity, referenceIds }) });
  }

  async close(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.end('SIGKILL')));
  }

  #shipperEnv(replica: string): Env {
    const { shipper } = this.#options;
    const { keyFile } = this.#secrets;
    return { SHIPPER_PORT: '0', SHIPPER_ID: replica, LAKE_UPLOAD_URL: this.uploadUrl, LAKE_API_KEY_FILE: keyFile, ...shipper };
  }

  #spawn(service: string, env: Env): Child {
    const child = startChild(process.execPath, [mainOf(service)], { env: { PATH: process.env.PATH, ...env } });
    this.#children.push(child);
    return child;
  }

  async #call<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { authorization: `Bearer ${UPLOAD_KEY}`, 'content-type': 'application/json' };
    const answer = await fetch(`${this.uploadUrl}${path}`, { ...init, headers, signal: AbortSignal.timeout(START_MS) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  }
}

async function listening(child: Child): Promise<Child> {
  await child.line(LISTENS, START_MS);
  return child;
}

const mainOf = (service: string) => join(import.meta.dirname, '../../services', service, 'main.ts');

/** What `GET /v1/completeness` says. */
export type Completeness = {
  isComplete: boolean;
  replicas: { replica: string; hours: number; files: number; missing: string[]; short: unknown[]; isComplete: boolean }[];
  unreadable: string[];
};

function writeSecrets(dir: string) {
  mkdirSync(dir, { recursive: true });
  const paths = { keyFile: join(dir, 'key'), keysFile: join(dir, 'keys.json'), credentialsFile: join(dir, 'credentials.json') };
  writeFileSync(paths.keyFile, UPLOAD_KEY);
  writeFileSync(paths.keysFile, JSON.stringify([{ name: 'test', key: UPLOAD_KEY, accounts: ['*'], regions: ['*'], clusters: ['*'] }]));
  writeFileSync(paths.credentialsFile, JSON.stringify(STORE_CREDENTIALS));
  return paths;
}
