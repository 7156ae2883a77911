import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildEngine } from '../../tools/engines/build-engine.ts';
import { cacheDir, engineProgram, findEngine, isAtLeast } from '../../tools/engines/find.ts';
import type { Engine } from '../../tools/engines/table.ts';

const ENGINE: Engine = {
  name: 'prometheus',
  module: 'prometheus',
  version: 'v0.315.0',
  programs: { prometheus: 'example.test/prometheus', promtool: 'example.test/promtool' },
  ldflags: '-s',
  minutes: 1,
  versionArgs: ['--version'],
  atLeast: '3.8.0',
  usedBy: 'this test',
};

describe('engines of the tests', () => {
  let dir: string;
  let env: NodeJS.ProcessEnv;
  const script = (name: string, text: string) => {
    writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(dir, 'bin', name), 0o755);
  };

  /** What the stand-in for `go` itself runs. A search of PATH must not see it: this machine may have the engine. */
  const withSystem = (some: NodeJS.ProcessEnv) => ({ ...some, PATH: `${some.PATH}:/usr/bin:/bin` });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-engines-'));
    mkdirSync(join(dir, 'bin'));
    env = { PATH: join(dir, 'bin'), XDG_CACHE_HOME: join(dir, 'cache') };
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  for (const [a, b, expected] of [
    ['3.8.0', '3.8.0', true],
    ['3.15.0', '3.8.0', true],
    ['v4.0.0', '3.8.9', true],
    ['3.7.9', '3.8.0', false],
    ['2.53.0', '3.8.0', false],
  ] as const) {
    it(`${a} is ${expected ? '' : 'not '}at least ${b}`, () => assert.equal(isAtLeast(a, b), expected));
  }

  it('are taken from PATH when all their programs are new enough there', () => {
    script('prometheus', 'echo "prometheus, version 3.9.1 (branch: x)" >&2');
    script('promtool', 'echo "promtool, version 3.9.1"');
    assert.deepEqual(findEngine(ENGINE, env), {
      where: 'path',
      programs: { prometheus: join(dir, 'bin/prometheus'), promtool: join(dir, 'bin/promtool') },
    });
  });

  it('are not taken from PATH when a program is too old, says no version or is missing', () => {
    script('prometheus', 'echo "prometheus, version 3.9.1"');
    assert.equal(findEngine(ENGINE, env), undefined);
    script('promtool', 'echo "promtool, version 2.42.0"');
    assert.equal(findEngine(ENGINE, env), undefined);
    script('promtool', 'echo "promtool, version  (branch: )"');
    assert.equal(findEngine(ENGINE, env), undefined);
  });

  it('are built whole into the cache and found there', async () => {
    script('go', 'for last; do :; done; while [ "$1" != -o ]; do shift; done; echo "$last" > "$2"; chmod +x "$2"');
    const said: string[] = [];
    await buildEngine(ENGINE, withSystem(env), (line) => said.push(line));
    assert.equal(findEngine(ENGINE, env)?.where, 'cache');
    assert.match(said[0], /^prometheus v0\.315\.0: building, about 1 min/);
    assert.deepEqual(readdirSync(cacheDir(env)), ['prometheus-v0.315.0']);
  });

  it('leave nothing behind when a build fails, and say what the compiler said', async () => {
    script('go', 'case "$*" in *promtool) echo "cannot find module" >&2; exit 1;; esac; while [ "$1" != -o ]; do shift; done; : > "$2"');
    const failure = await buildEngine(ENGINE, withSystem(env), () => {}).then(
      () => assert.fail('built'),
      (error: Error) => error,
    );
    assert.match(String(failure.cause), /cannot find module/);
    assert.deepEqual(readdirSync(cacheDir(env)), []);
  });

  it('say how to get them when a test asks in vain', () => {
    assert.throws(() => engineProgram('promtool', env), /promtool 3\.8\.0 or newer is neither on PATH nor built: npm run tools prometheus/);
  });
});
