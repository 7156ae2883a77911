import { type FileState, fileState } from './file-state.ts';
import type { FoundFile } from './lake-files.ts';
import { scanSql } from './lake-source.ts';

export type Engine = { query<Row>(sql: string, params?: Record<string, string | number | null>): Promise<Row[]> };
/** What the files that can be read gave; `damaged` are those that it was done without. */
export type WholeAnswer<Row> = { rows: Row[]; whole: FoundFile[]; damaged: FoundFile[] };

const MAX_REMEMBERED = 10_000;
const MAX_REASON_LENGTH = 300;

/**
 * Keeps a damaged file from failing every query that touches it. A file that does not begin and end as Parquet is found before it is read,
 * any other when a query has failed: then each of its files is read by itself, and the query asked once more without those that cannot
 * be. What is known as damaged is not read again until it is another file, so a damaged file costs one failed query.
 */
export class DamagedFiles {
  readonly #onFound: (file: FoundFile, reason: string) => void;
  /** Path and version; the oldest goes first, and is found again when it is asked for. */
  readonly #known = new Map<string, string>();

  /** @param onFound called once for each version of a file */
  constructor(onFound: (file: FoundFile, reason: string) => void = () => {}) {
    this.#onFound = onFound;
  }

  /**
   * Reads files without those that are damaged. A file that is gone by now is neither whole nor damaged.
   * @param read the query over some of the files; not called without any
   * @throws what `read` throws when no single file is at fault, or when it fails without them too
   */
  async reading<Row>(
    engine: Engine,
    files: readonly FoundFile[],
    read: (whole: readonly FoundFile[]) => Promise<Row[]>,
  ): Promise<WholeAnswer<Row>> {
    const { whole, damaged } = await this.#split(files);
    if (whole.length === 0) return { rows: [], whole, damaged };
    try {
      return { rows: await read(whole), whole, damaged };
    } catch (error) {
      for (const file of whole) await this.#check(engine, file);
      const again = await this.#split(whole);
      if (again.whole.length === whole.length) throw error;
      const rows = again.whole.length === 0 ? [] : await read(again.whole);
      return { rows, whole: again.whole, damaged: [...damaged, ...again.damaged] };
    }
  }

  async #split(files: readonly FoundFile[]): Promise<{ whole: FoundFile[]; damaged: FoundFile[] }> {
    const split = { whole: [] as FoundFile[], damaged: [] as FoundFile[] };
    for (const file of files) {
      const state = await fileState(file.path);
      if (state === undefined) continue;
      if (!state.hasEnds) this.#remember(file, state, 'it does not begin and end as a Parquet file');
      split[this.#known.get(file.path) === state.version ? 'damaged' : 'whole'].push(file);
    }
    return split;
  }

  async #check(engine: Engine, file: FoundFile): Promise<void> {
    // Before the reading: what replaces the file meanwhile must not be taken for what was read.
    const state = await fileState(file.path);
    if (state === undefined) return;
    try {
      await engine.query(scanSql(file));
    } catch (error) {
      const { message } = error as Error;
      // Further lines quote the statement, and a fault can quote a cell of any length.
      if (!isOfTheEngine(message)) this.#remember(file, state, message.split('\n', 1)[0]?.slice(0, MAX_REASON_LENGTH) ?? '');
    }
  }

  #remember(file: FoundFile, { version }: FileState, reason: string): void {
    if (this.#known.get(file.path) === version) return;
    this.#known.delete(file.path);
    this.#known.set(file.path, version);
    for (const oldest of this.#known.keys()) if (this.#known.size > MAX_REMEMBERED) this.#known.delete(oldest);
    this.#onFound(file, reason);
  }
}

/** Tells what the next file may meet as well (no descriptor left, no access, an engine that has given up) from what lies in a file's bytes. */
function isOfTheEngine(message: string): boolean {
  return /^(FATAL|INTERNAL|INTERRUPT) Error|^IO Error: Cannot open file/i.test(message);
}
