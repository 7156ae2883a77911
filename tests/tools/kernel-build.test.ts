import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { buildKernel, KERNEL_FILE } from '../../tools/kernel/build.ts';

describe("the collector's WebAssembly kernel", () => {
  it('is what its source compiles to; npm run build:wasm makes it', async () => {
    assert.equal(readFileSync(KERNEL_FILE, 'utf8'), await buildKernel());
  });
});
