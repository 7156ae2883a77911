import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pythonProgram } from '../../tools/engines/python-tools.ts';

/** A cell as pyarrow gives it: doubles as 16 hexadecimal digits of their bits, times in milliseconds, lists as arrays. */
export type PyarrowCell = string | number | null | PyarrowCell[];
export type PyarrowColumns = Record<string, { type: string; cells: PyarrowCell[] }>;

const SCRIPT = join(import.meta.dirname, 'pyarrow-columns.py');
const MAX_BYTES = 256 * 1024 * 1024;

/** @param columns those that are read; all when none is named */
export function readByPyarrow(path: string, ...columns: string[]): PyarrowColumns {
  const { status, stdout, stderr } = spawnSync(pythonProgram('pyarrow'), [SCRIPT, path, ...columns], {
    encoding: 'utf8',
    maxBuffer: MAX_BYTES,
  });
  if (status !== 0) throw new Error(`pyarrow could not read ${path}\n${stderr.slice(-4000)}`);
  return JSON.parse(stdout) as PyarrowColumns;
}
