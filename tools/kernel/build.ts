import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

const DIR = join(import.meta.dirname, '../../services/collector/decode/wasm');
export const KERNEL_FILE = join(DIR, 'kernel-code.ts');

/**
 * Compiles the collector's WebAssembly kernel. What it makes is kept in git: a clone runs without the compiler, and a test holds the file to
 * its source.
 * @returns the content of kernel-code.ts
 * @throws Error with what the compiler says
 */
export async function buildKernel(): Promise<string> {
  const source = readFileSync(join(DIR, 'kernel.as'), 'utf8');
  let code: Uint8Array | undefined;
  const { error, stderr } = await main(
    [
      'kernel.ts',
      '--outFile',
      'kernel.wasm',
      '-O3',
      '--runtime',
      'stub',
      '--noAssert',
      '--use',
      'abort=',
      '--enable',
      'simd',
      '--initialMemory',
      '1072',
    ],
    {
      readFile: (name) => (name === 'kernel.ts' ? source : null),
      writeFile: (name, content) => {
        if (name === 'kernel.wasm') code = content as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || !code) throw new Error(`compile kernel.as\n${stderr.toString()}`, { cause: error });
  const text = Buffer.from(code).toString('base64');
  return `// Made by \`npm run build:wasm\` from kernel.as; do not edit.\nexport const KERNEL_CODE =\n  '${text}';\n`;
}

if (import.meta.main) writeFileSync(KERNEL_FILE, await buildKernel());
