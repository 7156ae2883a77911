import { readFileSync, statSync } from 'node:fs';
import { type ApiKey, parseKeys } from './key-list.ts';

/** The keys of a mounted file. It is looked at for every request and read when it changed, so a rotated key counts at once. */
export class KeyFile {
  readonly #path: string;
  #version = '';
  #keys: ApiKey[] = [];
  #fault: string | undefined;

  /** @throws Error when the file cannot be used: a service without keys serves nobody */
  constructor(path: string) {
    this.#path = path;
    this.#refresh();
    if (this.#fault !== undefined) throw new Error(this.#fault);
  }

  /** Why nobody is let in: the file has become unreadable. */
  get fault(): string | undefined {
    this.#refresh();
    return this.#fault;
  }

  /** Empty while there is a fault: a key that was to be taken away must not outlive a mistake in its file. */
  get keys(): readonly ApiKey[] {
    this.#refresh();
    return this.#keys;
  }

  #refresh(): void {
    try {
      const { ino, size, mtimeNs } = statSync(this.#path, { bigint: true });
      const version = `${ino} ${size} ${mtimeNs}`;
      if (version === this.#version) return;
      this.#version = version;
      this.#keys = parseKeys(readFileSync(this.#path, 'utf8'));
      this.#fault = undefined;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#keys = [];
      this.#fault = `KEYS_FILE ${this.#path}: ${code ?? message}`;
      if (code !== undefined) this.#version = '';
    }
  }
}
