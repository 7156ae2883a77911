import type { ByteSink } from '@tallyship/shared/storage/durable-file';
import { writeGeneralParquet } from '../parquet/general-file.ts';
import type { SortedRows } from '../seal/sort-rows.ts';
import { valueText } from './value-text.ts';
import { type CloudzeroFile, keptLabels, metricOf } from './write-current.ts';

/**
 * Writes a file in the schema of CloudZero's first agent (2024): labels as a MAP, times as TIMESTAMP(MICROS) under the names that agent
 * gave them (`create_at` is theirs). A path for owners who still need it: it builds arrays of all rows.
 */
export function write2024(
  sorted: SortedRows,
  file: CloudzeroFile & { organizationId: string; hasUnitFault: boolean },
  sink: ByteSink,
): Promise<void> {
  const { count, starts, rows, seriesAt } = sorted;
  const { offsets, bits } = sorted.read(0, count);
  const values = new Float64Array(bits.buffer, bits.byteOffset, bits.length / 2);
  const unitsOf = (timeMs: number) => BigInt(timeMs) * (file.hasUnitFault ? 1n : 1000n);
  const [year, month, day, hour] = new Date(file.hourStartMs).toISOString().split(/[-T:]/) as [string, string, string, string];
  const constant = <T>(value: T) => new Array<T>(rows).fill(value);
  const perSeries = <T>(of: (rank: number) => T) =>
    Array.from({ length: count }, (_, rank) => new Array<T>((starts[rank + 1] as number) - (starts[rank] as number)).fill(of(rank))).flat();
  return writeGeneralParquet(
    [
      { name: 'cluster_name', type: 'text', values: constant(file.identity.cluster) },
      { name: 'cloud_account_id', type: 'text', values: constant(file.identity.account) },
      { name: 'organization_id', type: 'text', values: constant(file.organizationId) },
      { name: 'year', type: 'text', values: constant(year) },
      { name: 'month', type: 'text', values: constant(month) },
      { name: 'day', type: 'text', values: constant(day) },
      { name: 'hour', type: 'text', values: constant(hour) },
      { name: 'name', type: 'text', values: perSeries((rank) => metricOf(seriesAt(rank))) },
      { name: 'create_at', type: 'micros', values: constant(unitsOf(file.createdAtMs)) },
      { name: 'timestamp', type: 'micros', values: Array.from(offsets.subarray(0, rows), (offset) => unitsOf(file.hourStartMs + offset)) },
      {
        name: 'labels',
        type: 'map',
        values: perSeries((rank) => new Map(keptLabels(seriesAt(rank), file.keepsLabel))),
      },
      { name: 'value', type: 'text', values: Array.from(values.subarray(0, rows), valueText) },
    ],
    sink,
  );
}
