import { RequestTooLarge } from './limits.ts';
import type { SeriesKeys } from './series-keys.ts';
import type { WasmKernel } from './wasm/kernel.ts';
import { MalformedBody, Wire } from './wire.ts';

const SYMBOLS = 4;
const SYMBOL_TAG = 0x22;
const SERIES_TAG = 0x2a;
const MAX_SYMBOLS = 1_000_000;

const wire = new Wire();

/** The symbol table of one remote write 2.0 request at a time. */
export class RequestSymbols {
  count = 0;
  /** Id of each symbol as a part of label sets. */
  ids = new Uint32Array(1024);
  #own = this.ids;

  /**
   * Symbols may stand behind the series that refer to them, so they are read in a walk of their own.
   * @param kernel holds the body and has room for the symbols of nearly all requests
   * @returns the kernel if it has them all
   * @throws MalformedBody when the bytes are not protobuf or the first symbol is not ""; RequestTooLarge
   */
  read(body: Buffer, keys: SeriesKeys<unknown>, kernel: WasmKernel | undefined): WasmKernel | undefined {
    this.count = 0;
    this.ids = kernel ? kernel.symbolIds : this.#own;
    wire.reset(body);
    while (true) {
      const tag = body[wire.at];
      if (kernel && (tag === SYMBOL_TAG || tag === SERIES_TAG) && this.#isIn(kernel) && keys.kernel === kernel) this.#walk(kernel, keys);
      if (!wire.next()) break;
      if (wire.field === SYMBOLS) this.#take(keys);
      else wire.skip();
    }
    if (this.count > 0 && keys.parts.bytesOf(this.ids[0] as number) !== 0)
      throw new MalformedBody('the first symbol is not the empty string');
    return kernel && this.#isIn(kernel) ? kernel : undefined;
  }

  #isIn(kernel: WasmKernel): boolean {
    return this.ids === kernel.symbolIds;
  }

  #walk(kernel: WasmKernel, keys: SeriesKeys<unknown>): void {
    const { last, count } = kernel.walkSymbols(wire, keys.lastPart, this.count);
    keys.lastPart = last;
    this.count = count;
  }

  #take(keys: SeriesKeys<unknown>): void {
    const length = wire.length();
    if (this.count === MAX_SYMBOLS) throw new RequestTooLarge(`more than ${MAX_SYMBOLS} symbols in one request; send smaller requests`);
    if (this.count === this.ids.length) this.#grow();
    keys.lastPart = keys.parts.idOf(wire.bytes, wire.at, wire.at + length, keys.lastPart);
    this.ids[this.count++] = keys.lastPart;
    wire.advance(length);
  }

  #grow(): void {
    this.#own = new Uint32Array(2 * this.ids.length);
    this.#own.set(this.ids);
    this.ids = this.#own;
  }
}
