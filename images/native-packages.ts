import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

type Lock = { packages: Record<string, { version: string; integrity: string } | undefined> };

/**
 * Puts a package of the lock file into a folder, whichever platform it is for: `npm ci` installs those of this machine alone.
 * What was fetched once is kept; each time it is compared with the lock file's hash.
 * @throws Error when the lock file does not name the package, or what comes is not what it names
 */
export async function copyNativePackage(root: string, name: string, target: string): Promise<void> {
  const lock: Lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const locked = lock.packages[`node_modules/${name}`];
  if (!locked) throw new Error(`package-lock.json does not name ${name}`);
  const archive = await fetchedArchive(name, locked.version);
  const hash = `sha512-${createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')}`;
  if (hash !== locked.integrity) throw new Error(`${archive} is not the ${name}@${locked.version} of package-lock.json; remove it`);
  await mkdir(target, { recursive: true });
  run('tar', ['--extract', '--gzip', '--file', archive, '--strip-components=1', '--no-same-owner', '--directory', target]);
}

async function fetchedArchive(name: string, version: string): Promise<string> {
  const cache = join(homedir(), '.cache/tallyship/packages');
  const archive = join(cache, `${name.replace('/', '__')}-${version}.tgz`);
  if (existsSync(archive)) return archive;
  await mkdir(cache, { recursive: true });
  const fetched = await mkdtemp(join(tmpdir(), 'tallyship-package-'));
  run('npm', ['pack', '--silent', '--pack-destination', fetched, `${name}@${version}`]);
  const [file = ''] = await readdir(fetched);
  // Beside its place first: a rename across file systems is none.
  const beside = `${archive}.${process.pid}`;
  run('cp', [join(fetched, file), beside]);
  await rename(beside, archive);
  await rm(fetched, { recursive: true });
  return archive;
}

function run(command: string, args: string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (error) throw new Error(`\`${command}\` cannot be started`, { cause: error });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stderr}`);
}
