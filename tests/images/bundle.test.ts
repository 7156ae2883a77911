import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { bundleService } from '../../images/bundle.ts';
import { copyNativePackage } from '../../images/native-packages.ts';
import { startChild } from '../support/child.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the build context of a service', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-bundle-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('holds the bundle and nothing else of the clone, whatever lies in it', async () => {
    assert.deepEqual(filesOf(await bundleService('shipper', ['amd64', 'arm64'], dir)), ['app/main.js', 'app/package.json']);
  });

  it('is the same bytes each time, and names no folder of this machine', async () => {
    const [first, second] = await Promise.all(['a', 'b'].map((name) => bundleService('shipper', ['amd64'], join(dir, name))));
    const code = readFileSync(join(first as string, 'app/main.js'), 'utf8');
    assert.equal(readFileSync(join(second as string, 'app/main.js'), 'utf8') === code, true);
    assert.equal(code.includes(ROOT), false);
  });

  it('runs without the clone: a missing setting is said on one line', async () => {
    const context = await bundleService('shipper', ['amd64'], dir);
    const child = startChild(process.execPath, [join(context, 'app/main.js')], { cwd: dir, env: {} });
    await child.line(/^DATA_DIR is required$/m, 50_000);
  });
});

describe('native packages of an image', () => {
  const home = process.env.HOME;
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-native-'));
    process.env.HOME = dir;
    const packages = { 'node_modules/@mill/stone-linux-x64': { version: '1.2.3', integrity: 'sha512-AAAA' } };
    writeFileSync(join(dir, 'package-lock.json'), JSON.stringify({ packages }));
  });
  afterEach(() => {
    process.env.HOME = home;
    rmSync(dir, { recursive: true });
  });

  it('are those of the lock file and no others', async () => {
    const cache = join(dir, '.cache/tallyship/packages');
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, '@mill__stone-linux-x64-1.2.3.tgz'), 'something else');
    await assert.rejects(
      copyNativePackage(dir, '@mill/stone-linux-x64', join(dir, 'out')),
      /is not the @mill\/stone-linux-x64@1\.2\.3 of package-lock/,
    );
    await assert.rejects(copyNativePackage(dir, '@mill/sieve', join(dir, 'out')), /package-lock\.json does not name @mill\/sieve/);
    assert.deepEqual(readdirSync(dir).includes('out'), false);
  });
});

function filesOf(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}
