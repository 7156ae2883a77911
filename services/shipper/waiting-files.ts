import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { backoffMs } from './backoff.ts';
import { type Compression, type Prepared, prepareFile } from './prepare-file.ts';
import type { ShipFault } from './ship-fault.ts';
import { parseShipKey, type ShipFile } from './ship-file.ts';

export type PreparedFile = Prepared & { file: ShipFile };
type Tries = { tries: number; failures: number; notBeforeMs: number; fault?: ShipFault };
export type WaitingOptions = { compression: Compression; packedDir: string; fileBackoffMaxMs: number; random: () => number };

/**
 * What one target's shipper knows about the files that wait in `sending`, so that a long outage does not read each of them again in every
 * cycle: digests, tries, and how long a failing one rests. Lost with the process, without harm. One entry a waiting file.
 */
export class WaitingFiles {
  readonly #options: WaitingOptions;
  readonly #prepared = new Map<string, Prepared>();
  readonly #tries = new Map<string, Tries>();

  constructor(options: WaitingOptions) {
    this.#options = options;
  }

  /** The files that are due, those that never failed first, then the oldest hour first. */
  due(keys: readonly string[], nowMs: number): ShipFile[] {
    return keys
      .map(parseShipKey)
      .filter((file) => file !== undefined)
      .filter(({ key }) => this.#triesOf(key).notBeforeMs <= nowMs)
      .sort((a, b) => this.#failures(a) - this.#failures(b) || a.startMs - b.startMs || (a.key < b.key ? -1 : 1));
  }

  /** @throws Error of the file system */
  async prepare(file: ShipFile, path: string): Promise<PreparedFile> {
    const { compression } = this.#options;
    const prepared = this.#prepared.get(file.key) ?? (await prepareFile(path, compression, this.#packedPath(file.key)));
    this.#prepared.set(file.key, prepared);
    return { ...prepared, file };
  }

  /** Counts a try. @returns how many there were, this one included */
  tried(key: string): number {
    const known = this.#triesOf(key);
    this.#tries.set(key, { ...known, tries: known.tries + 1 });
    return known.tries + 1;
  }

  /** The file rests for a while, longer each time, and is read anew for its next try. */
  failed(key: string, fault: ShipFault, nowMs: number): void {
    const known = this.#triesOf(key);
    const failures = known.failures + 1;
    const { fileBackoffMaxMs: maxMs, random } = this.#options;
    const wait = backoffMs(failures, { maxMs, retryAfterMs: fault.retryAfterMs, random: random() });
    this.#tries.set(key, { ...known, failures, notBeforeMs: nowMs + wait, fault });
    this.#prepared.delete(key);
  }

  /** Why files rest that are not due yet: a fault does not end by waiting. */
  restingFaults(nowMs: number): ShipFault[] {
    return [...this.#tries.values()].flatMap(({ fault, notBeforeMs }) => (fault && notBeforeMs > nowMs ? [fault] : []));
  }

  /** Every file is due, as if it had never failed: the shipper stops, and this is its last chance for now. */
  wake(): void {
    for (const [key, { tries }] of this.#tries) this.#tries.set(key, { tries, failures: 0, notBeforeMs: 0 });
  }

  /** The file is no longer waiting, or another version has taken its place. */
  forget(key: string): void {
    this.#tries.delete(key);
    this.#prepared.delete(key);
    if (this.#options.compression !== 'none') rmSync(this.#packedPath(key), { force: true });
  }

  #triesOf(key: string): Tries {
    return this.#tries.get(key) ?? { tries: 0, failures: 0, notBeforeMs: 0 };
  }

  #packedPath(key: string): string {
    return join(this.#options.packedDir, key);
  }

  #failures({ key }: ShipFile): number {
    return this.#triesOf(key).failures;
  }
}
