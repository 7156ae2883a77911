import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir, engineDir } from './find.ts';
import type { Engine } from './table.ts';

const TOOLS = join(import.meta.dirname, '..');
const PROGRESS_INTERVAL_MS = 30_000;

/**
 * Builds an engine into the cache. The folder appears whole, by a rename, so a build that is cut short is never taken for one that ended.
 * @throws Error with the compiler's words when the build fails, or when there is no Go
 */
export async function buildEngine(engine: Engine, env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<void> {
  await mkdir(cacheDir(env), { recursive: true });
  const building = await mkdtemp(join(cacheDir(env), `.building-${engine.name}-`));
  const startMs = Date.now();
  say(`${engine.name} ${engine.version}: building, about ${engine.minutes} min when cold`);
  const progress = setInterval(
    () => say(`${engine.name} ${engine.version}: ${elapsed(startMs)} of about ${engine.minutes} min`),
    PROGRESS_INTERVAL_MS,
  );
  try {
    for (const [program, source] of Object.entries(engine.programs)) {
      await goBuild(engine, source, join(building, program), env);
      say(`${engine.name} ${engine.version}: ${program} built, ${elapsed(startMs)}`);
    }
    await replace(building, engineDir(engine, env));
  } catch (cause) {
    await rm(building, { recursive: true, force: true });
    throw new Error(`build ${engine.name} ${engine.version}`, { cause });
  } finally {
    clearInterval(progress);
  }
}

function goBuild(engine: Engine, source: string, target: string, env: NodeJS.ProcessEnv): Promise<void> {
  const args = ['build', '-ldflags', engine.ldflags, '-o', target, source];
  return new Promise((resolve, reject) => {
    // go.mod and go.sum are the pins: a build that would change them must fail, not mend them.
    const go = spawn('go', args, {
      cwd: join(TOOLS, engine.module),
      env: { ...env, GOFLAGS: '-mod=readonly', CGO_ENABLED: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let words = '';
    go.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-4000);
    });
    go.on('error', (cause) => reject(new Error('`go` cannot be started: install Go 1.26 or newer', { cause })));
    go.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`go build ${source} ended with ${code}\n${words}`))));
  });
}

/** A folder left half done by hand, or the same build by another clone a moment ago, gives way. */
async function replace(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await rename(from, to);
}

function elapsed(sinceMs: number): string {
  const seconds = Math.round((Date.now() - sinceMs) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
