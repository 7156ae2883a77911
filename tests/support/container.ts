import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Child, startChild } from './child.ts';

export type ContainerOptions = {
  image: string;
  /** What follows the entrypoint. */
  args?: string[];
  env: Record<string, string>;
  /** Folders that are made, belong to the image's user and are the only places to write to. */
  writable: string[];
  /** Folders that are there already, such as a volume that another container has left, by the path in the container. */
  volumes?: Record<string, string>;
  /** Path in the container to a file's text, read-only. */
  files?: Record<string, string>;
  limits?: { memoryMib: number; cpus: number };
};
export type Container = Child & { dirOf(path: string): string; peakMemoryBytes(): number; remove(): Promise<void> };

const NON_ROOT = 65_532;

/**
 * Runs an image of buildah's as a kubelet would by our pods: user 65532, read-only root, no capabilities, no new privileges, limits.
 * Its network is the host's loopback.
 * @throws Error that says what to install
 */
export function startContainer({ image, args = [], env, writable, volumes = {}, files = {}, limits }: ContainerOptions): Container {
  const dir = mkdtempSync(join(tmpdir(), 'tallyship-container-'));
  const name = basename(dir);
  const from = run('buildah', ['from', '--pull-never', '--name', name, image]);
  const root = run('buildah', ['mount', from]);
  const { entrypoint, workdir, user } = configOf(from);
  const dirOf = (path: string) => join(dir, path.replaceAll('/', '_'));
  const mounts = [
    ...writable.map((path) => ({ path, source: dirOf(path), isWritable: true })),
    ...Object.entries(volumes).map(([path, source]) => ({ path, source, isWritable: true })),
    ...fileMounts(files, dirOf),
  ];
  for (const path of writable) {
    mkdirSync(dirOf(path));
    chownSync(dirOf(path), NON_ROOT, NON_ROOT);
  }
  const config = {
    ociVersion: '1.0.2',
    process: {
      user: { uid: user, gid: user },
      args: [...entrypoint, ...args],
      env: Object.entries({ PATH: '/nodejs/bin', ...env }).map(([key, value]) => `${key}=${value}`),
      cwd: workdir,
      capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
      noNewPrivileges: true,
    },
    root: { path: root, readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
      ...mounts.map(({ path, source, isWritable }) => ({
        destination: path,
        type: 'bind',
        source,
        options: ['bind', isWritable ? 'rw' : 'ro'],
      })),
    ],
    linux: {
      cgroupsPath: `/${name}`,
      namespaces: ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })),
      ...(limits && {
        resources: { memory: { limit: limits.memoryMib * 1024 ** 2 }, cpu: { quota: limits.cpus * 100_000, period: 100_000 } },
      }),
    },
  };
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  const child = startChild('runc', ['run', '--bundle', dir, name]);
  return {
    ...child,
    dirOf,
    peakMemoryBytes: () => Number(run('runc', ['events', '--stats', name], (text) => JSON.parse(text).data.memory.usage.max)),
    // `runc run` hands signals on to the container.
    remove: async () => {
      await child.end('SIGTERM').catch(() => spawnSync('runc', ['delete', '--force', name]));
      run('buildah', ['rm', name]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function configOf(container: string): { entrypoint: string[]; workdir: string; user: number } {
  const { OCIv1 } = JSON.parse(run('buildah', ['inspect', container]));
  return { entrypoint: OCIv1.config.Entrypoint, workdir: OCIv1.config.WorkingDir, user: Number(OCIv1.config.User.split(':')[0]) };
}

function fileMounts(files: Record<string, string>, dirOf: (path: string) => string) {
  return Object.entries(files).map(([path, text]) => {
    writeFileSync(dirOf(path), text, { mode: 0o644 });
    return { path, source: dirOf(path), isWritable: false };
  });
}

function run(program: string, args: string[], read = (text: string) => text.trim()): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });
  if (error) throw new Error(`\`${program}\` cannot be started: apt install buildah runc`, { cause: error });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${stderr}`);
  return read(stdout);
}
