import { LOG_LEVELS } from '@tallyship/shared/runtime/logger';
import { choice, integer, optionalText, type Settings, text } from '@tallyship/shared/runtime/settings';
import { TLS_SETTINGS } from '@tallyship/shared/runtime/tls-files';

export const UPLOAD_API_SETTINGS = {
  UPLOAD_API_HOST: text({ fallback: '127.0.0.1', describe: 'Address to listen on.' }),
  UPLOAD_API_PORT: integer({ min: 0, max: 65_535, fallback: '8082', describe: 'Port to listen on; 0 takes any free port.' }),
  ...TLS_SETTINGS,
  KEYS_FILE: text({
    describe:
      'JSON list of `{name, key or sha256, accounts, regions, clusters}`: who may upload and for which clusters (patterns with `*`). Read again when it changes.',
  }),
  STORE_BUCKET: text({ describe: 'Bucket of the lake.' }),
  STORE_ENDPOINT: optionalText({ describe: 'URL of the object store, path style; empty means AWS S3.' }),
  STORE_REGION: text({ fallback: 'us-east-1', describe: 'Region of the bucket.' }),
  STORE_CREDENTIALS_FILE: optionalText({
    describe:
      'JSON `{accessKeyId, secretAccessKey}`, read for every request; empty means what the platform gives (Pod Identity, IRSA). An upload URL ends with the credentials that signed it.',
  }),
  MAX_URL_LIFE_S: integer({
    min: 1,
    max: 3600,
    fallback: '3600',
    describe: 'Longest life of an upload URL, seconds; who asks for more gets this.',
  }),
  MAX_BODY_BYTES: integer({ min: 1024, max: 16 * 1024 * 1024, fallback: '1048576', describe: 'Largest request body; above it 413.' }),
  REQUESTS_PER_MINUTE: integer({
    min: 1,
    max: 1_000_000,
    fallback: '600',
    describe: 'Requests a minute for each key and replica; above it 429 with Retry-After.',
  }),
  MAX_OPEN_URLS: integer({
    min: 200,
    max: 10_000_000,
    fallback: '10000',
    describe: 'Upload URLs of a key that have not expired, for each replica; above it 503 with Retry-After.',
  }),
  MAX_REPLAY_HEADER_BYTES: integer({
    min: 1024,
    max: 16_384,
    fallback: '8192',
    describe: 'Largest X-CloudZero-Replay header; what does not fit waits for the next answer.',
  }),
  MAX_REPLAY_AGE_MS: integer({
    min: 60_000,
    max: 366 * 86_400_000,
    fallback: String(7 * 86_400_000),
    describe: 'How long a replay order waits before it is given up; a shipper keeps shipped files about that long.',
  }),
  SHUTDOWN_GRACE_MS: integer({ min: 0, max: 600_000, fallback: '10000', describe: 'How long running requests may take after SIGTERM.' }),
  LOG_LEVEL: choice(LOG_LEVELS, { fallback: 'info', describe: 'Least severe log line that is written.' }),
};

export type UploadApiSettings = Settings<typeof UPLOAD_API_SETTINGS>;
