import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { buildKernel, KERNELS, kernelFile } from '../../tools/kernel/build.ts';

describe("the collector's WebAssembly kernels", () => {
  for (const kernel of KERNELS)
    it(`${kernel.file} is what its source compiles to; npm run build:wasm makes it`, async () => {
      assert.equal(readFileSync(kernelFile(kernel), 'utf8'), await buildKernel(kernel));
    });
});
