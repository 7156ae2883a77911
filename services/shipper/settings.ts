import { LOG_LEVELS } from '@tallyship/shared/runtime/logger';
import { choice, integer, optionalText, type Settings, text } from '@tallyship/shared/runtime/settings';
import { COMPRESSIONS } from './prepare-file.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const GIB = 1024 ** 3;
const bytes = (fallback: number, describe: string) => integer({ min: 65_536, max: 2 ** 50, fallback: String(fallback), describe });
const duration = (fallback: number, describe: string) => integer({ min: 0, max: 400 * DAY, fallback: String(fallback), describe });
const timeout = (fallback: number, describe: string) => integer({ min: 10, max: DAY, fallback: String(fallback), describe });

export const SHIPPER_SETTINGS = {
  SHIPPER_HOST: text({ fallback: '127.0.0.1', describe: 'Address to listen on.' }),
  SHIPPER_PORT: integer({
    min: 0,
    max: 65_535,
    fallback: '8081',
    describe: 'Port of health and telemetry; 0 takes any free port.',
  }),
  DATA_DIR: text({ describe: 'Data volume: `ready/`, `sending/`, `shipped/`, the ledger.' }),
  SHIPPER_ID: optionalText({
    describe: 'Name of this shipper for the other side, kept in `DATA_DIR/.shipperid` from the first start on. Empty means the host name.',
  }),
  LAKE_UPLOAD_URL: optionalText({
    describe: 'Upload API of the target `lake`, such as `https://upload.example.com`; empty means no such target.',
  }),
  LAKE_API_KEY_FILE: optionalText({ describe: 'File of the key for the upload API of the lake; read again when it is refused.' }),
  CLOUDZERO_URL: text({ fallback: 'https://api.cloudzero.com', describe: 'Upload API of the target `cloudzero`.' }),
  CLOUDZERO_API_KEY_FILE: optionalText({ describe: 'File of the key for CloudZero; empty means no such target.' }),
  CLOUDZERO_PROTOCOL: choice(['current', '2024'], {
    fallback: 'current',
    describe: 'Generation of the protocol that CloudZero is spoken to in.',
  }),
  CLOUDZERO_QUOTA_BYTES: bytes(4 * GIB, 'Unshipped bytes kept for CloudZero; above it the oldest files are given up, counted and logged.'),
  SHIP_INTERVAL_MS: timeout(10 * MINUTE, 'Time between two cycles of a target, spread by a tenth either way.'),
  SHIP_AT_ONCE: choice(['yes', 'no'], {
    fallback: 'no',
    describe: 'Whether a file is shipped as soon as it is ready (looked for once a second).',
  }),
  SHIP_CONCURRENCY: integer({ min: 1, max: 64, fallback: '3', describe: 'Uploads at one time, per target.' }),
  COMPRESS: choice(COMPRESSIONS, { fallback: 'none', describe: 'Compression of what is sent, around the compression inside the files.' }),
  API_TIMEOUT_MS: timeout(30 * SECOND, 'Longest silence of the upload API; a whole call may take four times as long.'),
  PUT_TIMEOUT_MS: timeout(60 * SECOND, 'Longest time in which an upload does not move.'),
  PUT_DEADLINE_MS: timeout(30 * MINUTE, 'Longest time of one upload.'),
  BACKOFF_MAX_MS: timeout(2 * MINUTE, 'Longest wait after failures, and the most of a Retry-After that is honoured.'),
  FILE_BACKOFF_MAX_MS: timeout(10 * MINUTE, 'Longest wait before a file that keeps failing is tried again.'),
  REPLAY_POLL_MS: timeout(
    10 * MINUTE,
    'Time after which the upload API of the lake is asked for replays of a cluster that nothing was shipped of meanwhile; looked at with each cycle.',
  ),
  RETENTION_MS: duration(7 * DAY, 'How long shipped files are kept for replays.'),
  MAX_DATA_BYTES: bytes(20 * GIB, 'Size of ready, sent and shipped files together; above it shipped ones go early, oldest first.'),
  MAX_LEDGER_BYTES: bytes(GIB, 'Largest ledger.'),
  LEDGER_RETENTION_MS: duration(90 * DAY, 'How long the ledger remembers a shipment.'),
  SHUTDOWN_LINGER_MS: integer({
    min: 0,
    max: 60 * MINUTE,
    fallback: '0',
    describe:
      'How long after SIGTERM files are still looked for, for a collector that is stopped at the same time and seals. 0 where the shipper is stopped after it, as a native sidecar is.',
  }),
  SHUTDOWN_GRACE_MS: timeout(
    25 * SECOND,
    'How long after SIGTERM, and after SHUTDOWN_LINGER_MS, uploads that run and last cycles may take; what fails in passing is tried again. Give the pod more than both together.',
  ),
  DRAIN_TIMEOUT_MS: timeout(10 * MINUTE, 'How long `drain` tries before it ends with what is left.'),
  LOG_LEVEL: choice(LOG_LEVELS, { fallback: 'info', describe: 'Least severe log line that is written.' }),
};

export type ShipperSettings = Settings<typeof SHIPPER_SETTINGS>;
