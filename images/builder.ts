import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Architecture } from './services.ts';

export type BuildOrder = { dockerfile: string; context: string; args: Record<string, string>; architecture: Architecture; tag: string };

type Builder = { program: string; argsOf(order: BuildOrder): string[] };

const buildArgs = (args: Record<string, string>) => Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
const common = ({ dockerfile, args, architecture, tag }: BuildOrder) => [
  ...['--file', join(import.meta.dirname, dockerfile), '--platform', `linux/${architecture}`, '--tag', tag],
  ...buildArgs(args),
];

/** In the order of preference. Buildah needs no daemon; its files and layers are dated alike, so that equal content is an equal digest. */
const BUILDERS: Builder[] = [
  {
    program: 'buildah',
    argsOf: (order) => [
      'build',
      '--isolation',
      'chroot',
      '--pull-never',
      '--layers',
      '--timestamp',
      '0',
      '--quiet',
      ...common(order),
      order.context,
    ],
  },
  { program: 'docker', argsOf: (order) => ['buildx', 'build', '--load', '--provenance=false', '--quiet', ...common(order), order.context] },
];

/** @throws Error that names what to install when there is no builder */
export function findBuilder(): string {
  const found = BUILDERS.find(({ program }) => spawnSync(program, ['version'], { stdio: 'ignore' }).status === 0);
  if (!found) throw new Error('neither buildah nor a running docker is here: install one (Debian: apt install buildah)');
  return found.program;
}

/** @throws Error with the builder's words */
export function buildImage(program: string, order: BuildOrder): void {
  const builder = BUILDERS.find((candidate) => candidate.program === program) as Builder;
  const { status, stdout, stderr } = spawnSync(program, builder.argsOf(order), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} could not build ${order.tag}\n${(stdout + stderr).slice(-4000)}`);
}
