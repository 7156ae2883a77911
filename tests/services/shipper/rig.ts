import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { readSettings } from '@tallyship/shared/runtime/settings';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { SHIPPER_SETTINGS } from '../../../services/shipper/settings.ts';
import { type Shipper, startShipper } from '../../../services/shipper/shipper.ts';
import { PLANTED_KEY, PLANTED_SIGNATURE, ScriptedCloudZero } from '../../support/scripted-cloudzero.ts';
import { FakeClock } from './fake-clock.ts';

export const START_MS = Date.UTC(2026, 10, 20, 12);
export const HOUR_MS = 3_600_000;
const IDENTITY = { account: '123456789012', region: 'us-east-1', cluster: 'shop' };
export const CLUSTER = `${IDENTITY.account}/${IDENTITY.region}/${IDENTITY.cluster}`;
const FOLDER = `account=${IDENTITY.account}/region=${IDENTITY.region}/cluster=${IDENTITY.cluster}`;

/** In memory where there is such a folder: what is tested here is not the disk, and every mark is an fsync. */
const ROOT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export type PlacedFile = { target: string; key: string; referenceId: string; bytes: Buffer; rows: number };

/** A shipper with a clock that stands, between a folder of ready files and scripted servers, one a target. */
export class Rig {
  readonly dir = mkdtempSync(join(ROOT, 'tallyship-ship-'));
  readonly clock = new FakeClock(START_MS);
  readonly lake = new ScriptedCloudZero();
  readonly cloudZero = new ScriptedCloudZero();
  readonly said: string[] = [];
  readonly env: Record<string, string> = {};
  shipper: Shipper | undefined;
  #loops = 0;

  /** @param targets which targets the shipper serves */
  async start(targets: ('lake' | 'cloudzero')[] = ['lake'], env: Record<string, string> = {}): Promise<void> {
    await this.lake.listen();
    await this.cloudZero.listen();
    for (const target of targets) writeFileSync(this.keyFile(target), `${PLANTED_KEY}\n`);
    Object.assign(this.env, {
      DATA_DIR: this.dir,
      SHIPPER_PORT: '0',
      SHIPPER_ID: 'shipper-1',
      API_TIMEOUT_MS: '1200',
      PUT_TIMEOUT_MS: '1200',
      PUT_DEADLINE_MS: '6000',
      SHUTDOWN_GRACE_MS: '5000',
      LOG_LEVEL: 'debug',
      ...(targets.includes('lake') && { LAKE_UPLOAD_URL: this.lake.url, LAKE_API_KEY_FILE: this.keyFile('lake') }),
      ...(targets.includes('cloudzero') && { CLOUDZERO_URL: this.cloudZero.url, CLOUDZERO_API_KEY_FILE: this.keyFile('cloudzero') }),
      ...env,
    });
    this.#loops = targets.length;
    await this.startShipper();
  }

  async startShipper(env: Record<string, string> = {}): Promise<void> {
    const log = createLogger('shipper', { level: 'debug', to: { write: (line: string) => void this.said.push(line) } });
    this.shipper = await startShipper(readSettings(SHIPPER_SETTINGS, { ...this.env, ...env }), log, {
      clock: this.clock,
      random: () => 0.5,
    });
    await this.asleep();
  }

  keyFile(target: string): string {
    return join(this.dir, `${target}.key`);
  }

  /** Stops the shipper; the waits between its last cycles pass at once. */
  async stop(): Promise<void> {
    let isDone = false;
    const stopped = this.shipper?.close().finally(() => {
      isDone = true;
    });
    for (; stopped && !isDone; await new Promise((resolve) => setTimeout(resolve, 2))) this.clock.advance(this.clock.nextWakeMs ?? 0);
    await stopped;
  }

  async end(): Promise<void> {
    await this.stop();
    await this.lake.close();
    await this.cloudZero.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Puts a file into the ready folder as the collector does: under a temporary name, then by rename. */
  placeLake(
    n: number,
    { rows = 3, table = 'samples', bytes = parquet(rows, n) }: { rows?: number; table?: string; bytes?: Buffer } = {},
  ): PlacedFile {
    const hour = START_MS - (n + 2) * HOUR_MS;
    const referenceId = `${table}_${hour}_${hour + HOUR_MS}_collector-0-0.parquet`;
    const date = new Date(hour).toISOString().slice(0, 10);
    return this.#place({ target: 'lake', key: `${table}/v1/${FOLDER}/date=${date}/${referenceId}`, referenceId, bytes, rows });
  }

  placeCloudZero(n: number, bytes: Buffer = parquet(2, n)): PlacedFile {
    const start = START_MS - (n + 1) * 600_000;
    const referenceId = `metrics_${start}_${start + 600_000}.parquet`;
    return this.#place({ target: 'cloudzero', key: `cloudzero/v1/${FOLDER}/${referenceId}`, referenceId, bytes, rows: 2 });
  }

  #place(file: PlacedFile): PlacedFile {
    const path = join(this.dir, 'ready', file.target, file.key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp`, file.bytes);
    utimesSync(`${path}.tmp`, this.clock.now() / 1000, this.clock.now() / 1000);
    renameSync(`${path}.tmp`, path);
    return file;
  }

  /** Waits until every loop sleeps: nothing more happens before the clock goes on. */
  async asleep(): Promise<void> {
    for (const untilMs = Date.now() + 60_000; this.clock.asleep < this.#loops; await new Promise((resolve) => setTimeout(resolve, 2)))
      assert.ok(Date.now() < untilMs, `a loop does not sleep:\n${this.said.slice(-10).join('')}`);
  }

  /** Lets time pass, in steps from one waking to the next, with all that happens in it. */
  async pass(ms: number): Promise<void> {
    for (const untilMs = this.clock.now() + ms; this.clock.now() < untilMs; ) {
      this.clock.advance(Math.min(this.clock.nextWakeMs ?? ms, untilMs - this.clock.now()));
      await this.asleep();
    }
  }

  async get(path: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${this.shipper?.url}${path}`, { headers: { connection: 'close' } });
    return { status: answer.status, text: await answer.text() };
  }

  async metric(line: string): Promise<number> {
    const { text } = await this.get('/metrics');
    const found = text.split('\n').find((one) => one.startsWith(`${line} `));
    return Number(found?.slice(line.length + 1) ?? Number.NaN);
  }

  stages(target: string): Record<'ready' | 'sending' | 'shipped', string[]> {
    const list = (stage: string) => {
      try {
        return readdirSync(join(this.dir, stage, target), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ name }) => name)
          .sort();
      } catch {
        return [];
      }
    };
    return { ready: list('ready'), sending: list('sending'), shipped: list('shipped') };
  }

  /** Every file is in the target, byte for byte, and nothing of it waits any more. */
  assertArrived(files: readonly PlacedFile[]): void {
    for (const { target, referenceId, bytes } of files) {
      const server = target === 'lake' ? this.lake : this.cloudZero;
      const found = server.objects.get(`${CLUSTER}/${referenceId}`);
      assert.ok(found, `${referenceId} did not arrive`);
      assert.ok(found.bytes.equals(bytes), `${referenceId} arrived with other bytes`);
    }
    for (const target of new Set(files.map((file) => file.target)))
      assert.deepEqual([...this.stages(target).ready, ...this.stages(target).sending], [], 'nothing waits');
  }

  async assertNoSecretTold(): Promise<void> {
    const told = [
      ...this.said,
      (await this.get('/metrics')).text,
      (await this.get('/healthz')).text,
      (await this.get('/readyz')).text,
    ].join('\n');
    for (const secret of [PLANTED_KEY, PLANTED_SIGNATURE]) assert.ok(!told.includes(secret), `${secret} was told`);
  }
}

/** A small Parquet file of so many rows, different for every `n`. */
export function parquet(rows: number, n: number): Buffer {
  const data = Array.from({ length: rows }, (_, row) => n * 1000 + row);
  return Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'value', data, type: 'INT32' }] }));
}

/** Open descriptors of this process, sockets included. */
export const openDescriptors = () => readdirSync('/proc/self/fd').length;
