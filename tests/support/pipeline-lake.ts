import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { lakeRows } from './load-lake.ts';

/** A shipment as a ledger or a manifest tells it. */
export type Shipment = { key: string; rows: number | null; bytes: number; sha256: string; tries: number };

/** What the ledger of a data volume says of the target `lake`, sorted by key. */
export function readLedger(dataDir: string): Shipment[] {
  const ledger = new DatabaseSync(join(dataDir, 'ledger.sqlite'), { readOnly: true });
  try {
    const sql = `SELECT key, rows, bytes, sha256, tries FROM shipments WHERE target = 'lake' ORDER BY key`;
    return ledger.prepare(sql).all() as Shipment[];
  } finally {
    ledger.close();
  }
}

/** Keys of the files that wait on a data volume, half-written ones too. */
export function waitingFiles(dataDir: string): string[] {
  return ['ready', 'sending'].flatMap((stage) => filesIn(join(dataDir, stage)).map((path) => `${stage}/${path}`));
}

/**
 * Holds the lake, the ledgers and the manifests against each other when nothing runs any more: each object is what exactly one ledger says
 * of it, its rows counted again; the manifests repeat the ledgers word for word; nothing waits and nothing is half-written.
 * @param volumes data volumes by replica
 */
export async function agreementFaults(lakeDir: string, volumes: Record<string, string>): Promise<string[]> {
  const faults: string[] = [];
  const owners = new Map<string, { replica: string; said: Shipment }>();
  for (const [replica, dataDir] of Object.entries(volumes)) {
    for (const path of waitingFiles(dataDir)) faults.push(`${replica}: ${path} still waits`);
    for (const said of readLedger(dataDir)) {
      const other = owners.get(said.key);
      if (other) faults.push(`${said.key} is of ${other.replica} and of ${replica}`);
      owners.set(said.key, { replica, said });
    }
  }
  const rows = await rowsByKey(lakeDir);
  const objects = filesIn(lakeDir).filter((key) => !key.startsWith('control/'));
  for (const key of objects) if (!owners.has(key)) faults.push(`${key} is in no ledger`);
  for (const [key, { said }] of owners) {
    const path = join(lakeDir, key);
    if (!existsSync(path)) faults.push(`${key} is not in the lake`);
    else if (createHash('sha256').update(readFileSync(path)).digest('hex') !== said.sha256)
      faults.push(`${key} is not what its ledger says it is`);
    else if (rows.get(key) !== said.rows) faults.push(`${key} has ${rows.get(key)} rows, its ledger says ${said.rows}`);
  }
  return [...faults, ...(await manifestFaults(lakeDir, owners))];
}

async function manifestFaults(lakeDir: string, owners: ReadonlyMap<string, { said: Shipment }>): Promise<string[]> {
  const faults: string[] = [];
  const listed = new Set<string>();
  const sql = `SELECT key, rows, bytes, sha256, tries FROM read_parquet('${lakeDir}/shipments/v1/**/*.parquet', hive_partitioning = false)`;
  for await (const [key, ...cells] of lakeRows(lakeDir, sql)) {
    const said = owners.get(key as string)?.said;
    if (listed.has(key as string)) faults.push(`${key} is in two manifests`);
    listed.add(key as string);
    const expected = said && [said.rows, said.bytes, said.sha256, said.tries].join(' ');
    if (cells.join(' ') !== expected) faults.push(`the manifest says ${cells.join(' ')} of ${key}, its ledger ${expected}`);
  }
  for (const key of owners.keys()) if (!key.startsWith('shipments/') && !listed.has(key)) faults.push(`${key} is in no manifest`);
  return faults;
}

async function rowsByKey(lakeDir: string): Promise<Map<string, number>> {
  const rows = new Map<string, number>();
  const sql = `SELECT file_name, num_rows FROM parquet_file_metadata('${lakeDir}/*/v1/**/*.parquet')`;
  for await (const [path, count] of lakeRows(lakeDir, sql)) rows.set(relative(lakeDir, path as string), Number(count));
  return rows;
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
