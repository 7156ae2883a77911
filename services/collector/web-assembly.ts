export type WasmMemory = { readonly buffer: ArrayBuffer; grow(pages: number): number };

type Runtime = {
  Memory: new (pages: { initial: number; maximum: number }) => WasmMemory;
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object, imports?: object) => { exports: unknown };
};

/** What is used of the runtime's WebAssembly: its types come with those of browsers alone, and Node's know the name, not the classes. */
export const webAssembly = (globalThis as unknown as { WebAssembly: Runtime }).WebAssembly;
