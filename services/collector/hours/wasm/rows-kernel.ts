import { type WasmMemory, webAssembly } from '../../web-assembly.ts';
import { ROWS_CODE } from './rows-code.ts';

type Global = { readonly value: number };
type Exports = {
  append(from: number, to: number, nextChunk: number, chunksEnd: number): number;
  open(state: number): void;
  read(count: number): void;
} & Record<'MAX_STAGED' | 'STAGED_STATES' | 'STAGED_OFFSETS' | 'STAGED_BITS' | 'STAGED_END' | 'nextChunk', Global>;

let code: object | undefined;

/**
 * Streams of rows (row-streams.ts) in WebAssembly, over the memory of their arena: the same bytes, without the checks and the compiling of
 * JavaScript. Rows are staged at the beginning of that memory, so many at one time.
 */
export class RowsKernel {
  readonly #exports: Exports;
  readonly maxStaged: number;
  /** Index of the first word of each staged column: addresses of states, offsets, and bits, which take two words each. */
  readonly states: number;
  readonly offsets: number;
  readonly bits: number;
  /** Bytes of the memory that are the kernel's, from its beginning. */
  readonly bytes: number;

  /** @throws Error where the runtime has no WebAssembly */
  constructor(memory: WasmMemory) {
    code ??= new webAssembly.Module(Buffer.from(ROWS_CODE, 'base64'));
    this.#exports = new webAssembly.Instance(code, { env: { memory } }).exports as Exports;
    const { MAX_STAGED, STAGED_STATES, STAGED_OFFSETS, STAGED_BITS, STAGED_END } = this.#exports;
    this.maxStaged = MAX_STAGED.value;
    [this.states, this.offsets, this.bits] = [STAGED_STATES.value / 4, STAGED_OFFSETS.value / 4, STAGED_BITS.value / 4];
    this.bytes = STAGED_END.value;
  }

  /** Where the next chunk is taken from, behind those that the last `append` took. */
  get nextChunk(): number {
    return this.#exports.nextChunk.value;
  }

  /** Appends the staged rows [from, to). @returns the first that needs a chunk where none is left, else `to` */
  append(from: number, to: number, nextChunk: number, chunksEnd: number): number {
    return this.#exports.append(from, to, nextChunk, chunksEnd);
  }

  /** Begins to read a stream. @param state address of its state */
  open(state: number): void {
    this.#exports.open(state);
  }

  /** Stages the offsets and bits of the next rows of that stream, which has as many. */
  read(count: number): void {
    this.#exports.read(count);
  }
}
