import { readFileSync, statSync } from 'node:fs';

/** What a file says, or why it cannot be used. */
export type FileContent<T> = { value: T; fault?: undefined } | { value?: undefined; fault: string };

/**
 * A mounted file, such as one of keys. It is looked at each time it is asked for and read when it changed, so what was rotated counts at
 * once; while it cannot be used there is no value: what was to be taken away must not outlive a mistake in the file.
 */
export class MountedFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  #version = '';
  #content: FileContent<T> = { fault: 'not read yet' };

  /** @param parse throws Error for a text that cannot be used; its message is the fault, so it quotes nothing secret */
  constructor(path: string, parse: (text: string) => T) {
    this.#path = path;
    this.#parse = parse;
  }

  get content(): FileContent<T> {
    try {
      // Not the time alone: a file that is swapped in may carry the time of the one before.
      const { ino, size, mtimeMs, ctimeMs } = statSync(this.#path);
      const version = `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
      if (version === this.#version) return this.#content;
      this.#content = this.#parsed(readFileSync(this.#path, 'utf8'));
      this.#version = version;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#content = { fault: code ?? message };
      this.#version = '';
    }
    return this.#content;
  }

  #parsed(text: string): FileContent<T> {
    try {
      return { value: this.#parse(text) };
    } catch (error) {
      return { fault: (error as Error).message };
    }
  }
}
