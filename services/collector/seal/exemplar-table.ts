import { EXEMPLARS_COLUMNS } from '@tallyship/shared/contracts/columns';
import { EXEMPLAR_VALUE_BYTES } from '../decode/exemplar.ts';
import type { EncodedColumn } from '../parquet/parquet-file.ts';
import { encodeDoubles, encodeTexts } from '../parquet/plain-values.ts';
import type { PackedRow } from './sort-packed.ts';
import type { PackedTable } from './write-packed.ts';

/** `exemplars`: the labels as JSON, as they were made when the exemplar was received, and the bits of the value. */
export const EXEMPLAR_TABLE: PackedTable = { columns: EXEMPLARS_COLUMNS, encodeContent };

/** In the order of EXEMPLARS_COLUMNS. */
function encodeContent(rows: readonly PackedRow[]): (() => EncodedColumn)[] {
  return [
    () => encodeTexts(rows.map(({ content }) => content.toString('utf8', EXEMPLAR_VALUE_BYTES))),
    () => {
      const values = new Uint8Array(EXEMPLAR_VALUE_BYTES * rows.length);
      for (const [at, { content }] of rows.entries()) values.set(content.subarray(0, EXEMPLAR_VALUE_BYTES), EXEMPLAR_VALUE_BYTES * at);
      return encodeDoubles(new Float64Array(values.buffer), false);
    },
  ];
}
