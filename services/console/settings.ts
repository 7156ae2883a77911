import { LOG_LEVELS } from '@tallyship/shared/runtime/logger';
import { choice, integer, optionalText, type Settings, text } from '@tallyship/shared/runtime/settings';

/** Everything the console reads from its environment. */
export const CONSOLE_SETTINGS = {
  CONSOLE_HOST: text({ fallback: '127.0.0.1', describe: 'Address the API and the page are served on.' }),
  CONSOLE_PORT: integer({ fallback: '8090', min: 0, max: 65_535, describe: 'Port of the API and the page; 0 takes any free one.' }),
  LAKE_DIR: optionalText({
    describe: 'Folder that holds the lake (`samples/`, `usage/`). It may still be empty. Either this or `LAKE_BUCKET` is required.',
  }),
  LAKE_BUCKET: optionalText({ describe: 'Bucket that holds the lake.' }),
  LAKE_REGION: text({ fallback: 'us-east-1', describe: 'Region of the bucket.' }),
  LAKE_ENDPOINT: optionalText({ describe: 'URL of the object store, path style; empty means AWS S3.' }),
  LAKE_CREDENTIALS_FILE: optionalText({
    describe: 'JSON `{accessKeyId, secretAccessKey}`, read for every request; empty means what the platform gives (Pod Identity, IRSA).',
  }),
  CACHE_DIR: optionalText({
    describe: 'Folder for copies of the files of the bucket, for this console alone. Required with `LAKE_BUCKET`.',
  }),
  CACHE_MAX_BYTES: integer({
    fallback: String(8 * 1024 ** 3),
    min: 1024 ** 2,
    max: 2 ** 44,
    describe: 'Bytes of copies; those used longest ago go first. A day of a query must fit, with its samples where parts overlap.',
  }),
  PRICES_FILE: optionalText({ describe: 'Price rows that win over the list prices that come along (docs/costs.md).' }),
  TEAM_RULES_FILE: optionalText({ describe: 'Rules that say which team a pod belongs to (docs/costs.md). Empty: the label `team`.' }),
  QUERY_MEMORY_MIB: integer({ fallback: '1024', min: 64, max: 1_048_576, describe: 'Memory that a query may use, MiB.' }),
  QUERY_THREADS: integer({ fallback: '2', min: 1, max: 256, describe: 'Threads that a query may use.' }),
  QUERY_TEMP_MIB: integer({
    fallback: '4096',
    min: 0,
    max: 16_777_216,
    describe: 'Disk that a query may spill to beyond its memory, MiB.',
  }),
  MAX_WAITING_QUERIES: integer({
    fallback: '16',
    min: 0,
    max: 10_000,
    describe: 'Queries that may wait for the running one; beyond it the answer is 503 with Retry-After.',
  }),
  LOG_LEVEL: choice(LOG_LEVELS, { fallback: 'info', describe: 'Least severe log line that is written.' }),
};

export type ConsoleSettings = Settings<typeof CONSOLE_SETTINGS>;

/** What is wrong with the settings of the lake together. */
export function lakeFaults({ LAKE_DIR, LAKE_BUCKET, CACHE_DIR }: { LAKE_DIR: string; LAKE_BUCKET: string; CACHE_DIR: string }): string[] {
  if (LAKE_DIR === '' && LAKE_BUCKET === '') return ['LAKE_DIR or LAKE_BUCKET is required'];
  if (LAKE_DIR !== '' && LAKE_BUCKET !== '') return ['LAKE_DIR and LAKE_BUCKET exclude each other; set one'];
  return LAKE_BUCKET !== '' && CACHE_DIR === '' ? ['CACHE_DIR is required with LAKE_BUCKET'] : [];
}
