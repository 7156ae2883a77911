import { readFile, stat } from 'node:fs/promises';
import { ShipFault } from './ship-fault.ts';

const MAX_KEY_BYTES = 8192;

/** The key of one target, from a mounted file. It is read for every cycle and again when the API refuses it, so a rotated key needs no restart. */
export class ApiKey {
  readonly #path: string;
  #key = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws ShipFault `key_file` naming the file, never what is in it */
  async read(): Promise<string> {
    try {
      if ((await stat(this.#path)).size > MAX_KEY_BYTES) throw new Error(`is longer than ${MAX_KEY_BYTES} bytes`);
      const key = (await readFile(this.#path, 'utf8')).trim();
      if (key === '') throw new Error('is empty');
      if (!/^[\x21-\x7e]+$/.test(key)) throw new Error('holds spaces or characters that no header can carry');
      this.#key = key;
      return key;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new ShipFault('key_file', `key file ${this.#path}: ${code ?? message}`);
    }
  }

  /** Takes the key out of a text that came from elsewhere. */
  redact(text: string): string {
    return this.#key === '' ? text : text.replaceAll(this.#key, '[redacted]');
  }
}
