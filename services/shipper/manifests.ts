import { lakeKey } from '@tallyship/shared/contracts/lake-key';
import { writeDurable } from '@tallyship/shared/storage/durable-file';
import type { Ledger } from './ledger.ts';
import { manifestParquet } from './manifest-parquet.ts';
import type { Volume } from './volume.ts';

/**
 * Writes the manifests that are due, from the ledger, into the ready folder of the lake, where they are shipped like any file.
 * Stopped in between, the next call writes the same again: a manifest is due until its file is durable.
 * @returns how many were written
 */
export async function writeDueManifests(ledger: Ledger, volume: Volume, target: string, shipperId: string): Promise<number> {
  const due = ledger.dueManifests();
  for (const hour of due) {
    const bytes = manifestParquet(ledger.shipmentsOf(hour), shipperId);
    const key = lakeKey({ ...hour, table: 'shipments', generation: 0 });
    await writeDurable(volume.path('ready', target, key), (sink) => sink(bytes));
  }
  if (due.length > 0) ledger.manifestsWritten(due);
  return due.length;
}
