import { totalmem } from 'node:os';

const MIB = 1024 * 1024;
const SHARE = 1 / 8;
const LEAST_BYTES = 16 * MIB;
const MOST_BYTES = 256 * MIB;

/**
 * What open hours may take: the setting, or a share of the memory that the process may use. Beside it stand the program itself (85 MiB), the
 * label sets, requests in flight, and a row group while a file is written.
 * @param settingBytes MAX_OPEN_BYTES, 0 for the share
 */
export function openBytesBudget(settingBytes: number, availableBytes = availableMemory()): number {
  if (settingBytes > 0) return settingBytes;
  return Math.min(MOST_BYTES, Math.max(LEAST_BYTES, Math.floor(availableBytes * SHARE)));
}

/**
 * What the label sets of hours that wait to be sealed and those in use may take together: one table of them fills while the one before is sealed, and
 * half of the memory is for everything else.
 * @param maxSeriesBytes MAX_SERIES_BYTES
 */
export function seriesBytesBudget(maxSeriesBytes: number, availableBytes = availableMemory()): number {
  return Math.min(2 * maxSeriesBytes, Math.floor(availableBytes / 2));
}

/** The limit of the container, where there is one below what the machine has. */
export function availableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
