import { LOCAL_IDENTITY } from '@tallyship/shared/contracts/identity';
import { LOG_LEVELS } from '@tallyship/shared/runtime/logger';
import { choice, integer, optionalText, type Settings, text } from '@tallyship/shared/runtime/settings';
import { TLS_SETTINGS } from '@tallyship/shared/runtime/tls-files';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** A quarter: what a backfill may reach back, and a request spread over. */
const MOST_SAMPLE_AGE_MS = 92 * DAY;
const MIB = 1024 * 1024;
const bytes = (fallback: number, describe: string) => integer({ min: 1024, max: 2 ** 40, fallback: String(fallback), describe });
const duration = (fallback: number, describe: string) => integer({ min: 0, max: 31 * DAY, fallback: String(fallback), describe });
const count = (fallback: number, describe: string) => integer({ min: 1, max: 2 ** 31 - 1, fallback: String(fallback), describe });

export const COLLECTOR_SETTINGS = {
  COLLECTOR_HOST: text({ fallback: '127.0.0.1', describe: 'Address to listen on.' }),
  COLLECTOR_PORT: integer({ min: 0, max: 65_535, fallback: '8080', describe: 'Port to listen on; 0 takes any free port.' }),
  ...TLS_SETTINGS,
  DATA_DIR: text({ describe: 'Folder of the segment log (`log/`) and of the ready files (`ready/lake/`).' }),
  LAKE_OUTPUT_DIR: optionalText({ describe: 'Folder that sealed files of the target `lake` go to; empty means `DATA_DIR/ready/lake`.' }),
  CLOUD_ACCOUNT_ID: text({ fallback: LOCAL_IDENTITY.account, describe: 'Account of the cluster, where a request does not name one.' }),
  REGION: text({ fallback: LOCAL_IDENTITY.region, describe: 'Region of the cluster, where a request does not name one.' }),
  CLUSTER_NAME: text({ fallback: LOCAL_IDENTITY.cluster, describe: 'Name of the cluster, where a request does not name one.' }),
  REPLICA: optionalText({
    describe:
      'Name of this replica in file names; two collectors of one lake must differ. Empty means the host name of the first start. A new name counts from a start on at which nothing is left to seal.',
  }),
  HA_REPLICA_LABEL: text({ fallback: 'prometheus_replica', describe: 'Label that tells the halves of an HA pair of Prometheus apart.' }),
  TARGETS: choice(['lake', 'lake,cloudzero'], { fallback: 'lake', describe: 'Who the samples are sealed for.' }),
  CLOUDZERO_SEAL_INTERVAL_MS: duration(10 * MINUTE, 'How often the files for CloudZero are cut.'),
  CLOUDZERO_SCHEMA: choice(['current', '2024'], {
    fallback: 'current',
    describe: 'Schema of the files for CloudZero: that of its agents of today or of 2024.',
  }),
  CLOUDZERO_2024_UNIT_FAULT: choice(['false', 'true'], {
    fallback: 'false',
    describe: 'Write milliseconds into the columns of the 2024 schema that are declared as microseconds, as those agents did.',
  }),
  CLOUDZERO_ORGANIZATION_ID: optionalText({ describe: 'Organization in files of the 2024 schema.' }),
  CLOUDZERO_FILTERS_FILE: optionalText({
    describe:
      'JSON or YAML file with the lists cost, observability, cost_labels and observability_labels; empty means the default lists of CloudZero.',
  }),
  BEARER_TOKENS_FILE: optionalText({
    describe: 'File of accepted bearer tokens, one a line, read again when it changes; empty lets every sender in.',
  }),
  MAX_BODY_BYTES: bytes(16 * MIB, 'Largest request body as sent; above it 413.'),
  MAX_DECODED_BYTES: bytes(64 * MIB, 'Largest request body after decompression; above it 413.'),
  MAX_INFLIGHT_BYTES: bytes(64 * MIB, 'Bodies held at one time, as sent; above it 503 with Retry-After.'),
  MAX_REQUEST_SAMPLES: count(1_000_000, 'Most samples in one request, histograms and exemplars included; above it 413.'),
  MAX_REQUEST_SERIES: count(200_000, 'Most series in one request; above it 413.'),
  MAX_HISTOGRAM_BUCKETS: count(10_000, 'Most buckets on one side of a native histogram; one with more is refused.'),
  MAX_LABELS: count(128, 'Most labels of a series; a series with more is refused.'),
  MAX_LABEL_NAME_BYTES: count(1024, 'Longest label name; a series with a longer one is refused.'),
  MAX_LABEL_VALUE_BYTES: count(16_384, 'Longest label value; a series with a longer one is refused.'),
  MAX_SAMPLE_AGE_MS: integer({
    min: 0,
    max: MOST_SAMPLE_AGE_MS,
    fallback: String(7 * DAY),
    describe:
      'Oldest sample that is taken; an older one is refused. May be raised and lowered at any time: no file of before is written over.',
  }),
  MAX_SAMPLE_FUTURE_MS: duration(10 * MINUTE, 'How far ahead of the clock a sample may be; a later one is refused.'),
  MAX_OPEN_SERIES: count(
    500_000,
    'Label sets that requests are taken with; at the limit others are begun and everything open is sealed early.',
  ),
  MAX_SERIES_BYTES: bytes(
    256 * MIB,
    'Bytes of label sets that requests are taken with; at the limit others are begun and everything open is sealed early. Together with those that wait to be sealed they take twice as much at most, and half of the memory that the container may use; above it 503 with Retry-After.',
  ),
  MAX_OPEN_HOURS: count(
    2_000,
    'Hours of all clusters that are open at one time, and so files that a seal can make; above it 503 with Retry-After until some are sealed.',
  ),
  MAX_OPEN_BYTES: integer({
    min: 0,
    max: 512 * MIB,
    fallback: '0',
    describe:
      'Memory for the samples of open hours, 3 to 5 bytes each; at the limit the largest hour is sealed early. 0 means an eighth of the memory that the container may use, 16 to 256 MiB.',
  }),
  DECODE_KERNEL: choice(['wasm', 'typescript'], {
    fallback: 'wasm',
    describe:
      'What decodes the usual form of requests and holds their rows: WebAssembly where the runtime has it, or TypeScript alone. Both give the same.',
  }),
  MAX_LOG_BYTES: bytes(8 * 1024 * MIB, 'Largest segment log; above it 503 with Retry-After.'),
  MAX_UNSHIPPED_BYTES: bytes(20 * 1024 * MIB, 'Sealed files of the lake that may wait for their upload; above it 503 with Retry-After.'),
  LOG_SEGMENT_BYTES: bytes(32 * MIB, 'Size at which a log segment is closed.'),
  DEDUPE_WINDOW_MS: duration(15 * MINUTE, 'How long a repeated request is recognised, over restarts too.'),
  SEAL_INTERVAL_MS: duration(60 * MINUTE + 10 * MINUTE, 'Longest time an hour stays open before it is sealed, finished or not.'),
  SEAL_DELAY_MS: duration(5 * MINUTE, 'How long after its end an hour is sealed, and how long late samples wait for more of them.'),
  USAGE_INTERVAL_MS: duration(10 * MINUTE, 'How often the usage part of a running hour is rewritten.'),
  ZSTD_LEVEL: integer({ min: 1, max: 19, fallback: '6', describe: 'Compression level of sealed files.' }),
  PARQUET_COMPRESSION: choice(['zstd', 'snappy'], { fallback: 'zstd', describe: 'Compression of the files of the lake.' }),
  PARQUET_VALUE_ENCODING: choice(['plain', 'byte-stream-split'], {
    fallback: 'plain',
    describe: 'Encoding of sample values. Every reader takes `plain`; `byte-stream-split` is smaller, and Athena does not name it.',
  }),
  SHUTDOWN_GRACE_MS: duration(10_000, 'How long running requests may take after SIGTERM; sealing comes after it.'),
  REQUEST_TIMEOUT_MS: duration(30_000, 'Longest time a request may take to arrive.'),
  LOG_LEVEL: choice(LOG_LEVELS, { fallback: 'info', describe: 'Least severe log line that is written.' }),
};

export type CollectorSettings = Settings<typeof COLLECTOR_SETTINGS>;
