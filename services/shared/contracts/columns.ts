/**
 * The column contract of the lake's tables. Files, catalog tables and docs are all made from it.
 * Label columns are REQUIRED strings with '' for an absent label, as in PromQL.
 */

/** Labels that have a column of their own; `__name__` is the column `metric`. Every other label stays in the JSON column `labels`. */
export const LABEL_COLUMNS = [
  'metric',
  'namespace',
  'pod',
  'container',
  'node',
  'job',
  'instance',
  'uid',
  'resource',
  'unit',
  'id',
  'image',
  'name',
] as const;
export type LabelColumn = (typeof LABEL_COLUMNS)[number];

export type ScalarType = 'string' | 'int' | 'long' | 'timestamp' | 'double';
/** A list that is never NULL, of elements that are never NULL. */
export type ListType = 'int[]' | 'double[]';
export type ColumnType = ScalarType | ListType;
export type Column = { name: string; type: ColumnType; isNullable: boolean; describe: string };

const column = (name: string, type: ColumnType, describe: string, isNullable = false): Column => ({
  name,
  type,
  isNullable,
  describe,
});

const seriesColumns: Column[] = [
  ...LABEL_COLUMNS.map((name) => column(name, 'string', name === 'metric' ? 'label `__name__`' : `label \`${name}\`, empty when absent`)),
  column('ha_replica', 'string', 'value of the label that tells the halves of an HA pair apart, empty when absent'),
  column('labels', 'string', 'JSON object of all other labels, keys sorted'),
];

const seriesId = column('series_id', 'string', '128-bit hash of the canonical labels, 32 hex digits');

const ofSeriesInFile = [...seriesColumns, column('series', 'int', 'rank of the series inside this file, dense from 0'), seriesId];

/** `samples`: one row a sample, sorted by the label columns, then series, then ts. */
export const SAMPLES_COLUMNS: readonly Column[] = [
  ...ofSeriesInFile,
  column('ts', 'timestamp', 'time of the sample, UTC, milliseconds'),
  column('value', 'double', 'the value, bits kept; NULL is exactly the staleness marker', true),
];

/**
 * `usage`: one row per series and part. A part is one file's share of one UTC hour of one series.
 * Rules (the merged usage view follows the same ones):
 * - only finite values count; of several values at one time the greatest counts
 * - a sample holds until the next sample or staleness marker, for 300 s at most
 * - the last sample of a part holds only up to a marker inside the same part
 */
export const USAGE_COLUMNS: readonly Column[] = [
  ...seriesColumns,
  seriesId,
  column('first_ts', 'timestamp', 'time of the first finite value; NULL when the part has none', true),
  column('last_ts', 'timestamp', 'time of the last finite value; NULL when the part has none', true),
  column('stale_before_ts', 'timestamp', 'first staleness marker ahead of first_ts, or of the part when it has no value', true),
  column('stale_after_ts', 'timestamp', 'first staleness marker after last_ts, or of the part when it has no value', true),
  column('n', 'int', 'finite values, one per time'),
  column('skipped', 'int', 'values that are NaN or infinite, staleness markers not counted'),
  column('resets', 'int', 'times the value fell below the one before'),
  column('first', 'double', 'first finite value', true),
  column('last', 'double', 'last finite value', true),
  column('min', 'double', 'least finite value', true),
  column('max', 'double', 'greatest finite value', true),
  column('sum', 'double', 'sum of the finite values', true),
  column('integral', 'double', 'sum of value x seconds held inside the part'),
  column('covered', 'double', 'seconds for which a value was held inside the part'),
  column('increase', 'double', 'growth between the values of the part; a fall counts as a restart from 0'),
];

/**
 * `histograms`: one row a native histogram, sorted as `samples`. Bucket i of an exponential schema holds what is above b^(i-1) and up to b^i,
 * b = 2^(2^-schema), on the negative side likewise with the signs turned; of schema -53 what is above custom_values[i-1] and up to
 * custom_values[i], counted from 0, with infinity at both ends.
 */
export const HISTOGRAMS_COLUMNS: readonly Column[] = [
  ...ofSeriesInFile,
  column('ts', 'timestamp', 'time of the histogram, UTC, milliseconds'),
  column('start_ts', 'timestamp', 'time since which it counts; NULL when the sender did not say', true),
  column('kind', 'string', '`integer` or `float`: what its counts were sent as'),
  column('reset_hint', 'string', '`unknown`, `yes`, `no` or `gauge`: whether it begins anew after the one before'),
  column('schema', 'int', 'resolution of the buckets, -4 to 52; -53 for custom buckets'),
  column('count', 'double', 'observations'),
  column('sum', 'double', 'sum of the observations, bits kept; NULL is exactly the staleness marker', true),
  column('zero_threshold', 'double', 'width of the zero bucket, which holds what is from -width to width'),
  column('zero_count', 'double', 'observations in the zero bucket'),
  column('negative_indexes', 'int[]', 'indexes of the buckets below zero, rising'),
  column('negative_counts', 'double[]', 'observations in each of them'),
  column('positive_indexes', 'int[]', 'indexes of the buckets above zero, rising; of custom buckets all of them'),
  column('positive_counts', 'double[]', 'observations in each of them'),
  column('custom_values', 'double[]', 'upper bounds of custom buckets, rising, +Inf left out; empty for other schemas'),
];

/** `exemplars`: one row an exemplar, sorted as `samples`. */
export const EXEMPLARS_COLUMNS: readonly Column[] = [
  ...ofSeriesInFile,
  column('ts', 'timestamp', 'time of the exemplar, UTC, milliseconds'),
  column('exemplar', 'string', 'JSON object of its own labels, such as `trace_id`, keys sorted'),
  column('value', 'double', 'its value, bits kept'),
];

/** `shipments`: the manifest of one cluster-hour and replica, one row per object that its shipper has put into the lake. */
export const SHIPMENTS_COLUMNS: readonly Column[] = [
  column('target', 'string', 'target of the shipper, `lake`'),
  column('reference_id', 'string', 'last part of the key'),
  column('key', 'string', "key of the object under the lake's root"),
  column('rows', 'long', 'rows of the object; NULL when it could not be read as Parquet', true),
  column('bytes', 'long', 'bytes of the object as sent'),
  column('sha256', 'string', 'SHA-256 of the bytes sent, 64 hex digits'),
  column('schema_version', 'int', "version of the object's table, 1 for `/v1/`"),
  column('uploaded_at', 'timestamp', 'when the upload was verified, by the clock of the shipper'),
  column('tries', 'int', 'uploads it took, 1 when the first one succeeded'),
  column('shipper_id', 'string', 'who shipped it'),
];

/** How long a sample speaks for its series when nothing newer arrives, in seconds (the PromQL lookback). */
export const HOLD_SECONDS = 300;

export const TABLES = {
  samples: SAMPLES_COLUMNS,
  usage: USAGE_COLUMNS,
  histograms: HISTOGRAMS_COLUMNS,
  exemplars: EXEMPLARS_COLUMNS,
  shipments: SHIPMENTS_COLUMNS,
} as const;
export type Table = keyof typeof TABLES;
