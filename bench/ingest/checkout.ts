import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A commit's files in a folder of their own, able to run. */
export type Checkout = { root: string; commit: string; hasOtherPackages: boolean; remove(): void };

/**
 * Takes a commit out of git beside the working copy. Outside packages are those of the working copy; where the commit locks others,
 * `hasOtherPackages` says so.
 * @throws Error for a name that git does not know
 */
export function checkOut(ref: string): Checkout {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'pipe'] });
  const commit = git('rev-parse', '--short', '--verify', `${ref}^{commit}`).toString().trim();
  const root = mkdtempSync(join(tmpdir(), 'tallyship-checkout-'));
  execFileSync('tar', ['-x', '-C', root], { input: git('archive', commit) });
  linkPackages(root);
  const lock = 'package-lock.json';
  const hasOtherPackages = !readFileSync(join(root, lock)).equals(readFileSync(join(ROOT, lock)));
  return { root, commit, hasOtherPackages, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Services import one another's code by package name: those names must lead into the checkout, all others into the working copy. */
function linkPackages(root: string): void {
  const [from, to] = [join(ROOT, 'node_modules'), join(root, 'node_modules')];
  mkdirSync(join(to, '@tallyship'), { recursive: true });
  for (const name of readdirSync(from)) if (name !== '@tallyship') symlinkSync(join(from, name), join(to, name));
  for (const name of readdirSync(join(root, 'services'))) symlinkSync(join(root, 'services', name), join(to, '@tallyship', name));
}
