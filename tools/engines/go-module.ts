import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * The folder of a Go module that a tool's go.mod and go.sum pin; fetched when it is not there. Some projects publish their CRDs no other way.
 * @throws Error with Go's words
 */
export function goModuleDir(tool: string, module: string): string {
  const cwd = join(import.meta.dirname, '..', tool);
  const { status, error, stdout, stderr } = spawnSync('go', ['mod', 'download', '-json', module], { cwd, encoding: 'utf8' });
  if (error) throw new Error('`go` cannot be started: install Go 1.26 or newer', { cause: error });
  if (status !== 0) throw new Error(`go mod download ${module} ended with ${status}\n${stdout}${stderr}`);
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}
