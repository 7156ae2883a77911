import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * How a write becomes durable. On Linux the write itself can be (open(2), O_DSYNC): one call to wait for in place of two. Elsewhere that may leave
 * it in the cache of a drive, so an fdatasync follows, for which Node asks the drive too.
 */
export type Sync = 'by the write' | 'after the write';
export const PLATFORM_SYNC: Sync = process.platform === 'linux' ? 'by the write' : 'after the write';

/** IOV_MAX of Linux is 1024. */
const MAX_PARTS = 1000;

/** A new file whose content is durable once a call has returned; its name is, when its folder was synced. */
export class SyncedFile {
  readonly #file: FileHandle;
  readonly #sync: Sync;

  private constructor(file: FileHandle, sync: Sync) {
    this.#file = file;
    this.#sync = sync;
  }

  /** A file of that name is emptied: an attempt that failed may have left one. */
  static async create(path: string, sync: Sync): Promise<SyncedFile> {
    const { O_WRONLY, O_CREAT, O_TRUNC, O_DSYNC } = constants;
    return new SyncedFile(await open(path, O_WRONLY | O_CREAT | O_TRUNC | (sync === 'by the write' ? O_DSYNC : 0)), sync);
  }

  /** After an error nobody knows how much of it is in the file. */
  async write(parts: Buffer[], position: number): Promise<void> {
    let at = position;
    for (let i = 0; i < parts.length; i += MAX_PARTS) at += await this.#writeSome(parts.slice(i, i + MAX_PARTS), at);
    if (this.#sync === 'after the write') await this.#file.datasync();
  }

  async truncate(bytes: number): Promise<void> {
    await this.#file.truncate(bytes);
    await this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #writeSome(parts: Buffer[], position: number): Promise<number> {
    const total = parts.reduce((sum, part) => sum + part.length, 0);
    const { bytesWritten } = await this.#file.writev(parts, position);
    if (bytesWritten === total) return total;
    // A short write of writev ends inside some part; plain writes of the rest are simpler than finding which.
    const rest = Buffer.concat(parts).subarray(bytesWritten);
    for (let done = 0; done < rest.length; )
      done += (await this.#file.write(rest, done, rest.length - done, position + bytesWritten + done)).bytesWritten;
    return total;
  }
}
