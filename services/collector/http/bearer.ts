import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/**
 * Checks bearer tokens against a file of accepted ones, a line each, `#` lines apart. The file is looked at for every request and
 * read when it changed, so a rotated token counts at once; a file that cannot be read lets nobody in.
 */
export class BearerTokens {
  readonly #path: string;
  #readVersion = '';
  #digests: Buffer[] = [];

  /** @param path '' lets every sender in */
  constructor(path: string) {
    this.#path = path;
  }

  accepts(authorization: string | undefined): boolean {
    if (this.#path === '') return true;
    this.#refresh();
    const token = /^Bearer +(?<token>\S+)$/i.exec(authorization ?? '')?.groups?.token;
    if (token === undefined) return false;
    const digest = digestOf(token);
    // Every token is compared, each in constant time: how long it takes says nothing about which one fits.
    return this.#digests.reduce((isFound, accepted) => timingSafeEqual(digest, accepted) || isFound, false);
  }

  #refresh(): void {
    try {
      // Not the time alone: a file that is swapped in may carry the time of the one before.
      const { mtimeMs, ctimeMs, ino } = statSync(this.#path);
      const version = `${mtimeMs}/${ctimeMs}/${ino}`;
      if (version === this.#readVersion) return;
      const lines = readFileSync(this.#path, 'utf8')
        .split('\n')
        .map((line) => line.trim());
      this.#digests = lines.filter((line) => line !== '' && !line.startsWith('#')).map(digestOf);
      this.#readVersion = version;
    } catch {
      this.#digests = [];
      this.#readVersion = '';
    }
  }
}

/** Equal lengths are what timingSafeEqual needs. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
