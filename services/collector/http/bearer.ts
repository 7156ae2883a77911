import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/**
 * Checks bearer tokens against a file of accepted ones, a line each, `#` lines apart. The file is looked at for every request and
 * read when it changed, so a rotated token counts at once; a file that cannot be read lets nobody in.
 */
export class BearerTokens {
  readonly #path: string;
  #readAtMs = -1;
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
      const { mtimeMs } = statSync(this.#path);
      if (mtimeMs === this.#readAtMs) return;
      const lines = readFileSync(this.#path, 'utf8')
        .split('\n')
        .map((line) => line.trim());
      this.#digests = lines.filter((line) => line !== '' && !line.startsWith('#')).map(digestOf);
      this.#readAtMs = mtimeMs;
    } catch {
      this.#digests = [];
      this.#readAtMs = -1;
    }
  }
}

/** Equal lengths are what timingSafeEqual needs. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
