import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ENGINES, type Engine } from './table.ts';

/** Where an engine's programs are: all on PATH and new enough, all in the cache, or nowhere. */
export type Found = { where: 'path' | 'cache'; programs: Record<string, string> } | undefined;

/**
 * The path of an engine's program, for tests.
 * @throws Error that says how to get it
 */
export function engineProgram(program: string, env: NodeJS.ProcessEnv = process.env): string {
  const engine = ENGINES.find((candidate) => program in candidate.programs);
  if (!engine) throw new Error(`${program} belongs to no engine of tools/engines/table.ts`);
  const path = findEngine(engine, env)?.programs[program];
  if (!path) throw new Error(`${program} ${engine.atLeast} or newer is neither on PATH nor built: npm run tools ${engine.name}`);
  return path;
}

/** Looks on PATH first: an owner's own, new enough program needs no build. */
export function findEngine(engine: Engine, env: NodeJS.ProcessEnv): Found {
  const onPath = findAll(engine, (program) => searchPath(program, env).find((path) => isNewEnough(path, engine)));
  if (onPath) return { where: 'path', programs: onPath };
  const cached = findAll(engine, (program) => [join(engineDir(engine, env), program)].find(isExecutable));
  return cached && { where: 'cache', programs: cached };
}

/** The folder of a built engine. It is keyed by version, so a fresh clone finds what another one has built. */
export function engineDir(engine: Engine, env: NodeJS.ProcessEnv): string {
  return join(cacheDir(env), `${engine.name}-${engine.version}`);
}

export function cacheDir(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tallyship', 'tools');
}

/** @returns whether dotted version `a` is `b` or newer; a leading `v` is allowed */
export function isAtLeast(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.replace(/^v/, '').split('.').map(Number)) as [number[], number[]];
  for (const [index, wanted] of right.entries()) {
    const have = left[index] ?? 0;
    if (have !== wanted) return have > wanted;
  }
  return true;
}

function findAll(engine: Engine, find: (program: string) => string | undefined): Record<string, string> | undefined {
  const found = Object.keys(engine.programs).map((program) => [program, find(program)] as const);
  return found.every(([, path]) => path !== undefined) ? (Object.fromEntries(found) as Record<string, string>) : undefined;
}

function searchPath(program: string, env: NodeJS.ProcessEnv): string[] {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, program)).filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isNewEnough(path: string, engine: Engine): boolean {
  const { stdout, stderr } = spawnSync(path, engine.versionArgs, { encoding: 'utf8', timeout: 20_000 });
  const version = /v?([0-9]+\.[0-9]+\.[0-9]+)/.exec(`${stdout}${stderr}`)?.[1];
  return version !== undefined && isAtLeast(version, engine.atLeast);
}
