import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { filesUnder, leaksIn } from '../support/engine/leaks.ts';

const SERVICES = ['collector', 'console', 'shipper', 'upload-api'];
const root = new URL('../..', import.meta.url).pathname;
const secret = (path: string) => `planted-in-${path.replaceAll(/[^a-z]/g, '-')}`;

/** Secrets that lie about in a working tree: at its top, in every service, among the files that an image takes, in an old context. */
const folders = [
  '.',
  'images',
  ...SERVICES.map((name) => `services/${name}`),
  'services/console/page',
  'services/cost/prices',
  'dist/images/collector/app',
];
const planted = folders.flatMap((folder) => ['.env', '.npmrc', 'upload.key', 'keys.json'].map((file) => join(folder, file)));

describe('image contexts of a working tree with secrets in it', () => {
  let tree: string;
  before(() => {
    tree = copyOfTree();
    for (const path of planted) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), secret(path));
    }
    const environment = { ...process.env, NPM_TOKEN: secret('npm-token') };
    execFileSync(process.execPath, ['images/main.ts', '--contexts-only'], { cwd: tree, env: environment, stdio: 'pipe' });
  });
  after(() => rmSync(tree, { recursive: true, force: true }));

  it('hold none of them', () => {
    const secrets = Object.fromEntries(['npm-token', ...planted].map((path) => [path, secret(path)]));
    assert.deepEqual(leaksIn(contexts(), secrets), []);
  });

  it('hold what the services read, and a secret among that is found', () => {
    assert.ok(existsSync(join(tree, 'dist/images/console/app/page/index.html')));
    writeFileSync(join(tree, 'dist/images/console/app/page/late.js'), `"${Buffer.from(`x${secret('late')}`).toString('base64')}"`);
    assert.deepEqual(leaksIn(contexts(), { late: secret('late') }), ['console/app/page/late.js holds late (base64)']);
  });

  /** Without the native packages: they come from the lock file's archives, by hash. */
  function contexts(): Record<string, Buffer> {
    const files = filesUnder(join(tree, 'dist/images'));
    return Object.fromEntries(Object.entries(files).filter(([path]) => !path.endsWith('.node') && !path.includes('.so')));
  }
});

/** The tree's own files with the packages it was installed with; its own packages are those of the copy. */
function copyOfTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'tallyship-tree-'));
  const isOwn = (path: string) => !path.includes('node_modules');
  for (const entry of ['images', 'services', 'package.json', 'package-lock.json', 'tsconfig.json'])
    cpSync(join(root, entry), join(tree, entry), { recursive: true, filter: isOwn });
  mkdirSync(join(tree, 'node_modules/@tallyship'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules')).filter((entry) => entry !== '@tallyship'))
    symlinkSync(join(root, 'node_modules', name), join(tree, 'node_modules', name));
  for (const name of readdirSync(join(root, 'node_modules/@tallyship')))
    symlinkSync(join(tree, 'services', name), join(tree, 'node_modules/@tallyship', name));
  return tree;
}
