import { zstdCompressSync } from 'node:zlib';
import { type ScalarType, SHIPMENTS_COLUMNS } from '@tallyship/shared/contracts/columns';
import { type BasicType, parquetWriteBuffer } from 'hyparquet-writer';
import type { Shipment } from './ledger.ts';

const TYPES: Record<ScalarType, BasicType> = { string: 'STRING', int: 'INT32', long: 'INT64', timestamp: 'TIMESTAMP', double: 'DOUBLE' };

/** A manifest as a Parquet file, in the columns of the contract. A few rows: it is made in memory. */
export function manifestParquet(shipments: readonly Shipment[], shipperId: string): Uint8Array {
  const values: Record<string, (shipment: Shipment) => unknown> = {
    target: ({ target }) => target,
    reference_id: ({ referenceId }) => referenceId,
    key: ({ key }) => key,
    rows: ({ rows }) => (rows === undefined ? null : BigInt(rows)),
    bytes: ({ bytes }) => BigInt(bytes),
    sha256: ({ sha256 }) => sha256,
    schema_version: ({ schemaVersion }) => schemaVersion,
    uploaded_at: ({ shippedAtMs }) => new Date(shippedAtMs),
    tries: ({ tries }) => tries,
    shipper_id: () => shipperId,
  };
  const columnData = SHIPMENTS_COLUMNS.map(({ name, type, isNullable }) => ({
    name,
    type: TYPES[type as ScalarType],
    nullable: isNullable,
    data: shipments.map((shipment) => values[name]?.(shipment)),
  }));
  const compressors = { ZSTD: (input: Uint8Array) => zstdCompressSync(input) };
  return new Uint8Array(parquetWriteBuffer({ columnData, codec: 'ZSTD', compressors, createdBy: 'tallyship' }));
}
