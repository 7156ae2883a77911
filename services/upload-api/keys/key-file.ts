import { MountedFile } from '@tallyship/shared/runtime/mounted-file';
import { type ApiKey, parseKeys } from './key-list.ts';

/** The keys of a mounted file, as it is now. */
export class KeyFile {
  readonly #path: string;
  readonly #file: MountedFile<ApiKey[]>;

  /** @throws Error when the file cannot be used: a service without keys serves nobody */
  constructor(path: string) {
    this.#path = path;
    this.#file = new MountedFile(path, parseKeys);
    if (this.fault !== undefined) throw new Error(this.fault);
  }

  /** Why nobody is let in: the file has become unreadable. */
  get fault(): string | undefined {
    const { fault } = this.#file.content;
    return fault === undefined ? undefined : `KEYS_FILE ${this.#path}: ${fault}`;
  }

  /** Empty while there is a fault. */
  get keys(): readonly ApiKey[] {
    return this.#file.content.value ?? [];
  }
}
