import { MountedFile } from '@tallyship/shared/runtime/mounted-file';
import { bearerOf, digestOf, findSecret } from '@tallyship/shared/runtime/secret-digest';

/** Checks bearer tokens against a file of accepted ones, a line each, `#` lines apart. A file that cannot be read lets nobody in. */
export class BearerTokens {
  readonly #file: MountedFile<{ digest: Buffer }[]> | undefined;

  /** @param path '' lets every sender in */
  constructor(path: string) {
    this.#file = path === '' ? undefined : new MountedFile(path, parseTokens);
  }

  accepts(authorization: string | undefined): boolean {
    if (this.#file === undefined) return true;
    const token = bearerOf(authorization ?? '');
    return token !== undefined && findSecret(this.#file.content.value ?? [], token) !== undefined;
  }
}

function parseTokens(text: string): { digest: Buffer }[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => ({ digest: digestOf(line) }));
}
