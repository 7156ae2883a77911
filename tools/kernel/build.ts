import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { main } from 'assemblyscript/asc';

const COLLECTOR = join(import.meta.dirname, '../../services/collector');

/** A source, the file and the name of what it compiles to, and the memory that it has. */
type Kernel = { source: string; file: string; name: string; memory: string[] };

export const KERNELS: Kernel[] = [
  { source: 'decode/wasm/kernel.as', file: 'decode/wasm/kernel-code.ts', name: 'KERNEL_CODE', memory: ['--initialMemory', '1072'] },
  { source: 'hours/wasm/rows.as', file: 'hours/wasm/rows-code.ts', name: 'ROWS_CODE', memory: ['--importMemory'] },
];

export const kernelFile = ({ file }: Kernel): string => join(COLLECTOR, file);

/**
 * Compiles one of the collector's WebAssembly kernels. What it makes is kept in git: a clone runs without the compiler, and a test holds the
 * file to its source.
 * @returns the content of its file
 * @throws Error with what the compiler says
 */
export async function buildKernel(kernel: Kernel): Promise<string> {
  const source = readFileSync(join(COLLECTOR, kernel.source), 'utf8');
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
      ...kernel.memory,
    ],
    {
      readFile: (name) => (name === 'kernel.ts' ? source : null),
      writeFile: (name, content) => {
        if (name === 'kernel.wasm') code = content as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || !code) throw new Error(`compile ${kernel.source}\n${stderr.toString()}`, { cause: error });
  const text = Buffer.from(code).toString('base64');
  return `// Made by \`npm run build:wasm\` from ${basename(kernel.source)}; do not edit.\nexport const ${kernel.name} =\n  '${text}';\n`;
}

if (import.meta.main) for (const kernel of KERNELS) writeFileSync(kernelFile(kernel), await buildKernel(kernel));
