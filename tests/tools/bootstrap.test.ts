import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readBootstrapOptions } from '../../tools/bootstrap/options.ts';
import { runBootstrap } from '../../tools/bootstrap/run.ts';

const ARGS = ['--account', '111122223333', '--region', 'eu-west-1', '--repository', 'example/platform', '--stack', 'dev=branch:main'];

describe('npm run bootstrap', () => {
  let dir: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tallyship-bootstrap-'));
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'bin/pulumi'), `#!/bin/sh\necho "$PULUMI_BACKEND_URL $*" >> ${dir}/calls\n[ "$1" != destroy ]\n`);
    chmodSync(join(dir, 'bin/pulumi'), 0o755);
    env = { PATH: `${dir}/bin:/usr/bin:/bin` };
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const run = (...args: string[]) => {
    const { isHelp: _, ...options } = readBootstrapOptions(args);
    runBootstrap(dir, options, env);
  };
  const calls = () => readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n');
  const settings = () => parse(readFileSync(join(dir, 'Pulumi.main.yaml'), 'utf8'));

  it('makes it on a state in its own folder, and prints what to do next', () => {
    run(...ARGS, '--yes');
    const backend = `file://${dir}/.state`;
    assert.deepEqual(calls(), [
      `${backend} stack select main --create`,
      `${backend} up --stack main --yes`,
      `${backend} stack output next --stack main`,
    ]);
    assert.deepEqual(settings().config['tallyship:stacks'], { dev: { branch: 'main' } });
  });

  it('makes nothing in a dry run', () => {
    run(...ARGS, '--dry-run', '--yes');
    assert.match(calls().at(-1) ?? '', / preview --stack main$/);
  });

  it('remembers its settings, and keeps what Pulumi wrote beside them', () => {
    writeFileSync(join(dir, 'Pulumi.main.yaml'), 'encryptionsalt: v1:salt\nconfig: {}\n');
    run(...ARGS, '--stack', 'prod=environment:production');
    run('--dry-run');
    assert.equal(settings().encryptionsalt, 'v1:salt');
    assert.deepEqual(Object.keys(settings().config['tallyship:stacks']), ['dev', 'prod']);
  });

  it('says what it needs when it has never been told', () => {
    assert.throws(() => run('--dry-run'), /give --account, --region, --repository and --stack/);
    assert.equal(existsSync(join(dir, 'calls')), false);
  });

  it('fails when Pulumi does', () => {
    run(...ARGS);
    assert.throws(() => run('--destroy', '--yes'), /pulumi destroy ended with 1/);
  });
});

describe('settings of the bootstrap', () => {
  const cases: [string[], RegExp][] = [
    [['--account', '12'], /tallyship:aws\.accountId: is not 12 digits/],
    [['--account', '12'], /tallyship:aws\.region: is required/],
    [['--region', 'moon'], /tallyship:aws\.region: is not a region/],
    [['--repository', 'example/*'], /tallyship:github\.repository: is not OWNER\/NAME/],
    [['--repository', 'example@1/platform'], /tallyship:github\.repository: is not OWNER\/NAME/],
    [['--stack', 'dev'], /--stack dev is not NAME=branch:BRANCH/],
    [['--stack', 'prod=branch:release/*'], /tallyship:stacks\.prod\.branch: is not one exact name/],
    [['--stack', 'ci=branch:main'], /tallyship:stacks\.ci: could touch the role tallyship-ci-preview/],
    [['--stack', 'state=branch:main'], /tallyship:stacks\.state: could touch the bucket tallyship-state-111122223333-eu-west-1/],
    [['--stack', 'dev-eu=branch:main'], /tallyship:stacks\.dev: could touch the stack dev-eu/],
  ];
  for (const [args, fault] of cases) {
    const all = args[0] === '--account' ? args : [...ARGS, ...args];
    it(`refuse ${args.join(' ')}`, () => assert.throws(() => readBootstrapOptions(all), fault));
  }

  it('take a repository with numbers', () => {
    const { config } = readBootstrapOptions([...ARGS, '--repository', 'example@1/platform@2']);
    assert.deepEqual(config?.['tallyship:github'], { repository: 'example@1/platform@2' });
  });
});
