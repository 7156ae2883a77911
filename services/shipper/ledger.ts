import { DatabaseSync } from 'node:sqlite';
import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import { ShipFault } from './ship-fault.ts';
import type { ManifestHour } from './ship-file.ts';

/** What lies in a target under a key, as it was verified last. */
export type Shipment = {
  target: string;
  key: string;
  referenceId: string;
  /** Undefined when the file could not be read as Parquet. */
  rows: number | undefined;
  /** Of the bytes that were sent. */
  bytes: number;
  sha256: string;
  schemaVersion: number;
  shippedAtMs: number;
  /** Host and object path, never the query. */
  place: string;
  tries: number;
};
export type Order = { target: string; identity: ClusterIdentity; referenceId: string };
export type DaySum = { target: string; day: string; files: number; rows: number; bytes: number; tries: number };

const VERSION = 1;
const SCHEMA = `
  CREATE TABLE shipments (
    target TEXT, key TEXT, reference_id TEXT NOT NULL, rows INTEGER, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
    schema_version INTEGER NOT NULL, shipped_at INTEGER NOT NULL, place TEXT NOT NULL, tries INTEGER NOT NULL, hour TEXT,
    PRIMARY KEY (target, key)
  ) WITHOUT ROWID;
  CREATE INDEX shipments_by_hour ON shipments (hour) WHERE hour IS NOT NULL;
  CREATE INDEX shipments_by_time ON shipments (shipped_at);
  CREATE TABLE due_manifests (hour TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE orders (
    target TEXT, account TEXT, region TEXT, cluster TEXT, reference_id TEXT,
    PRIMARY KEY (target, account, region, cluster, reference_id)
  ) WITHOUT ROWID;
  PRAGMA user_version = ${VERSION};`;

const MAX_ORDERS = 10_000;
const PAGE_BYTES = 4096;

/**
 * The durable memory of what was shipped: a SQLite file, every change on disk before the call returns. One row a key: a later version of
 * a file takes the place of the one before, as it does in the target.
 */
export class Ledger {
  readonly #db: DatabaseSync;

  /** @throws Error when the file cannot be opened or was written by a newer release */
  constructor(path: string, { maxBytes, isReadOnly = false }: { maxBytes: number; isReadOnly?: boolean }) {
    try {
      this.#db = openLedger(path, maxBytes, isReadOnly);
    } catch (cause) {
      throw (cause as { errcode?: number }).errcode === undefined
        ? cause
        : new Error(`open ${path}: ${remedyOf(cause as SqliteError)}`, { cause });
    }
  }

  find(target: string, key: string): Shipment | undefined {
    const row = this.#db.prepare('SELECT * FROM shipments WHERE target = ? AND key = ?').get(target, key);
    return row && shipmentOf(row);
  }

  /** Remembers a verified upload, that its manifest is due and that an order for it is met, all or nothing. */
  mark(shipment: Shipment, identity: ClusterIdentity, manifest: ManifestHour | undefined): void {
    const { target, key, referenceId, rows, bytes, sha256, schemaVersion, shippedAtMs, place, tries } = shipment;
    const hour = manifest ? textOf(manifest) : null;
    this.#change(() => {
      this.#db
        .prepare('INSERT OR REPLACE INTO shipments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run(target, key, referenceId, rows ?? null, bytes, sha256, schemaVersion, shippedAtMs, place, tries, hour);
      if (hour !== null) this.#db.prepare('INSERT OR IGNORE INTO due_manifests VALUES (?)').run(hour);
      this.#dropOrder({ target, identity, referenceId });
    });
  }

  dueManifests(): ManifestHour[] {
    const rows = this.#db.prepare('SELECT hour FROM due_manifests ORDER BY hour').all() as { hour: string }[];
    return rows.map(({ hour }) => hourOf(hour));
  }

  /** Clusters of the lake that it knows a shipment of. One look at the index a cluster, however many shipments there are. */
  clusters(): ClusterIdentity[] {
    const next = this.#db.prepare('SELECT hour FROM shipments WHERE hour > ? ORDER BY hour LIMIT 1');
    const clusters: ClusterIdentity[] = [];
    for (let after = ''; ; ) {
      const row = next.get(after) as { hour: string } | undefined;
      if (!row) return clusters;
      const { account, region, cluster } = hourOf(row.hour);
      clusters.push({ account, region, cluster });
      // 0 comes next after the slash: past all hours of this cluster.
      after = `${account}/${region}/${cluster}0`;
    }
  }

  /** Everything of one cluster-hour and replica, sorted by key. */
  shipmentsOf(hour: ManifestHour): Shipment[] {
    return this.#db.prepare('SELECT * FROM shipments WHERE hour = ? ORDER BY key').all(textOf(hour)).map(shipmentOf);
  }

  manifestsWritten(hours: readonly ManifestHour[]): void {
    this.#change(() => {
      const remove = this.#db.prepare('DELETE FROM due_manifests WHERE hour = ?');
      for (const hour of hours) remove.run(textOf(hour));
    });
  }

  /** Remembers that files are wanted again. @returns how many are kept; the rest is over the limit and will be asked for again */
  addOrders(orders: readonly Order[]): number {
    const room = Math.max(0, MAX_ORDERS - Number((this.#db.prepare('SELECT count(*) AS n FROM orders').get() as { n: number }).n));
    const kept = orders.slice(0, room);
    this.#change(() => {
      const insert = this.#db.prepare('INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?)');
      for (const { target, identity, referenceId } of kept)
        insert.run(target, identity.account, identity.region, identity.cluster, referenceId);
    });
    return kept.length;
  }

  orders(target: string): Order[] {
    const rows = this.#db.prepare('SELECT * FROM orders WHERE target = ? ORDER BY reference_id').all(target) as Record<string, string>[];
    return rows.map(({ account, region, cluster, reference_id }) => ({
      target,
      identity: { account, region, cluster } as ClusterIdentity,
      referenceId: reference_id as string,
    }));
  }

  dropOrders(orders: readonly Order[]): void {
    this.#change(() => {
      for (const order of orders) this.#dropOrder(order);
    });
  }

  /** Forgets what was shipped before a time. */
  prune(beforeMs: number): void {
    const old = this.#db.prepare('SELECT 1 FROM shipments WHERE shipped_at < ? LIMIT 1').get(beforeMs);
    if (old) this.#change(() => this.#db.prepare('DELETE FROM shipments WHERE shipped_at < ?').run(beforeMs));
  }

  /** Sums by target and UTC day of the shipment. */
  sums(): DaySum[] {
    const query = `SELECT target, date(shipped_at / 1000, 'unixepoch') AS day, count(*) AS files, coalesce(sum(rows), 0) AS rows,
      sum(bytes) AS bytes, sum(tries) AS tries FROM shipments GROUP BY 1, 2 ORDER BY 1, 2`;
    return this.#db.prepare(query).all() as DaySum[];
  }

  close(): void {
    this.#db.close();
  }

  #dropOrder({ target, identity, referenceId }: Order): void {
    this.#db
      .prepare('DELETE FROM orders WHERE target = ? AND account = ? AND region = ? AND cluster = ? AND reference_id = ?')
      .run(target, identity.account, identity.region, identity.cluster, referenceId);
  }

  #change(work: () => void): void {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      work();
      this.#db.exec('COMMIT');
    } catch (cause) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw new ShipFault('ledger', `ledger: ${(cause as Error).message}; is the disk full, or MAX_LEDGER_BYTES reached?`, { cause });
    }
  }
}

/** No part of an identity or a replica's name holds a slash. */
const textOf = ({ account, region, cluster, hourStartMs, replica }: ManifestHour) =>
  `${account}/${region}/${cluster}/${hourStartMs}/${replica}`;

function hourOf(text: string): ManifestHour {
  const [account, region, cluster, hourStartMs, replica] = text.split('/') as [string, string, string, string, string];
  return { account, region, cluster, hourStartMs: Number(hourStartMs), replica };
}

function shipmentOf(row: Record<string, unknown>): Shipment {
  return {
    target: row.target as string,
    key: row.key as string,
    referenceId: row.reference_id as string,
    rows: (row.rows as number | null) ?? undefined,
    bytes: row.bytes as number,
    sha256: row.sha256 as string,
    schemaVersion: row.schema_version as number,
    shippedAtMs: row.shipped_at as number,
    place: row.place as string,
    tries: row.tries as number,
  };
}

function openLedger(path: string, maxBytes: number, isReadOnly: boolean): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: isReadOnly, timeout: 5000 });
  try {
    const version = Number((db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version);
    if (version > VERSION) throw new Error(`${path} has version ${version}, this release reads up to ${VERSION}`);
    if (isReadOnly) return db;
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA max_page_count = ${Math.ceil(maxBytes / PAGE_BYTES)}`);
    if (version === 0) db.exec(`BEGIN; ${SCHEMA} COMMIT`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

type SqliteError = Error & { errcode: number };

/** SQLITE_CORRUPT and SQLITE_NOTADB, also with more said in their upper bits. */
const DAMAGED = [11, 26];

function remedyOf({ errcode, message }: SqliteError): string {
  if (!DAMAGED.includes(errcode & 0xff)) return message;
  return `the ledger is damaged (${message}); move it and its -wal and -shm files away and start again: what waits in ready and sending is shipped, nothing is lost, and what it knew of earlier shipments is missing from manifests of their hours`;
}
