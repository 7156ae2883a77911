import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVICE_IMAGES } from '../../../images/services.ts';
import { checkStack } from '../../../tools/doctor/stack-doctor.ts';
import { ACCOUNT, filledConfig, NOW_MS } from './sample-stack.ts';

const DOCTOR = join(import.meta.dirname, '../../../tools/doctor/main.ts');

/** What a young account answers, by the first two words of the call. */
const answers: Record<string, unknown> = {
  'sts get-caller-identity': { Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/x` },
  'ec2 describe-regions': { Regions: [{ OptInStatus: 'opt-in-not-required' }] },
  'ec2 describe-availability-zones': {
    AvailabilityZones: ['a', 'b'].map((letter) => ({ ZoneName: `us-east-1${letter}`, ZoneId: `use1-${letter}`, State: 'available' })),
  },
  'ec2 describe-vpcs': { Vpcs: [{ VpcId: 'vpc-1' }, { VpcId: 'vpc-2', Tags: [{ Key: 'tallyship:stack', Value: 'dev' }] }] },
  'ec2 describe-addresses': { Addresses: [] },
  'ec2 describe-subnets': { Subnets: [{ SubnetId: 'subnet-1', AvailabilityZone: 'us-east-1a' }] },
  'ec2 describe-nat-gateways': { NatGateways: [{ SubnetId: 'subnet-1' }] },
  'ec2 describe-instance-types': {
    InstanceTypes: ['m7g.large', 'm6g.large', 'r7g.large', 'r6g.large'].map((InstanceType) => ({
      InstanceType,
      VCpuInfo: { DefaultVCpus: 2 },
      ProcessorInfo: { SupportedArchitectures: ['arm64'] },
    })),
  },
  'ec2 describe-instances': {
    Reservations: [
      { Instances: [{ InstanceType: 'm7g.large', InstanceLifecycle: 'spot', CpuOptions: { CoreCount: 2, ThreadsPerCore: 1 } }] },
    ],
  },
  'eks describe-cluster-versions': {
    clusterVersions: [{ clusterVersion: '1.36', versionStatus: 'STANDARD_SUPPORT', endOfStandardSupportDate: '2027-08-01T00:00:00Z' }],
  },
  'service-quotas get-aws-default-service-quota': { Quota: { Value: 5 } },
};
const REFUSED = {
  'service-quotas get-service-quota':
    'An error occurred (NoSuchResourceException) when calling the GetServiceQuota operation: no such quota',
  'secretsmanager describe-secret':
    'An error occurred (ResourceNotFoundException) when calling the DescribeSecret operation: no such secret',
};

describe('npm run doctor -- STACK', () => {
  let root: string;
  let env: NodeJS.ProcessEnv;
  const program = (name: string, text: string) => {
    writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(root, 'bin', name), 0o755);
  };
  const aws = (given: Record<string, unknown>) => {
    const cases = Object.entries(given).map(([call, answer]) => `"${call}") cat <<'END'\n${JSON.stringify(answer)}\nEND\n;;`);
    const refusals = Object.entries(REFUSED).map(([call, says]) => `"${call}") echo "\n${says}" >&2; exit 254;;`);
    program(
      'aws',
      `if [ "$1" = --version ]; then echo aws-cli/2.31.0; exit; fi\ncase "$1 $2" in\n${[...cases, ...refusals].join('\n')}\n*) echo "unexpected $*" >&2; exit 1;;\nesac`,
    );
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tallyship-doctor-'));
    mkdirSync(join(root, 'bin'));
    program('node', 'echo v24.0.0');
    program('pulumi', 'echo v3.259.0');
    program('docker', 'echo 28.0.0');
    aws(answers);
    for (const service of Object.keys(SERVICE_IMAGES)) mkdirSync(join(root, 'dist/images', service), { recursive: true });
    writeSettings();
    env = { PATH: `${root}/node_modules/.bin:${root}/bin:/usr/bin:/bin` };
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function writeSettings(changes = {}): void {
    const config = Object.entries(filledConfig('dev', changes)).map(([key, text]) => [
      key,
      /^[{[]|^(true|false)$/.test(text) ? JSON.parse(text) : text,
    ]);
    // YAML takes JSON.
    writeFileSync(join(root, 'Pulumi.dev.yaml'), JSON.stringify({ config: Object.fromEntries(config) }));
  }
  const check = async () =>
    (await checkStack({ root, stack: 'dev', env, nowMs: NOW_MS })).map(({ status, check, message }) => `${status} ${check}: ${message}`);

  it('reads the answers of AWS', async () => {
    const findings = await check();
    assert.ok(findings.includes('ok VPCs: 1 needed, 4 of 5 free'), findings.join('\n'));
    assert.ok(findings.includes('ok NAT gateways in a zone us-east-1a: 1 needed, 4 of 5 free'));
    assert.ok(findings.includes(`fail vCPUs of spot instances: 4 needed at first, 3 of 5 free; ${raise('ec2', 'L-34B43A08', 10)}`));
    assert.ok(findings.includes('ok Kubernetes: 1.36, in standard support until 2027-08-01'));
    assert.ok(findings.some((line) => line.startsWith('warn secrets: upload-key is made by the up')));
  });

  it('looks past the Node that npm puts first', async () => {
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
    writeFileSync(join(root, 'node_modules/.bin/node'), '#!/bin/sh\necho v24.0.0\n', { mode: 0o755 });
    program('node', 'echo v18.0.0');
    assert.ok((await check()).some((line) => line.startsWith('fail Node: 18.0.0 is too old')));
  });

  it('asks nothing of an account that is not the stack’s', async () => {
    aws({ 'sts get-caller-identity': { Account: '999999999999', Arn: 'arn' } });
    const findings = await check();
    assert.ok(findings.some((line) => line.startsWith('fail account: credentials are of 999999999999')));
    assert.ok(!findings.join().includes('unexpected'));
  });

  it('goes on past what it may not ask, and past answers of another form', async () => {
    const { 'ec2 describe-vpcs': _, ...rest } = answers;
    aws({ ...rest, 'eks describe-cluster-versions': {} });
    const findings = await check();
    assert.ok(findings.some((line) => line.startsWith('warn VPCs: not known: unexpected ec2 describe-vpcs')));
    assert.ok(findings.some((line) => line.startsWith('warn Kubernetes: not known: the answer of aws has another form')));
    assert.ok(findings.some((line) => line.startsWith('ok Elastic IP addresses')));
  });

  it('goes through the role that the settings name', async () => {
    writeSettings({ 'aws.roleArn': `arn:aws:iam::${ACCOUNT}:role/deploy` });
    aws(answers);
    assert.ok((await check()).some((line) => /^fail account: no credentials of AWS: unexpected sts assume-role/.test(line)));
    aws({ ...answers, 'sts assume-role': { Credentials: { AccessKeyId: 'A', SecretAccessKey: 'b', SessionToken: 'c' } } });
    assert.ok((await check()).some((line) => line.startsWith('ok account')));
  });

  it('says each fault of the settings, and checks nothing else', async () => {
    writeSettings({ 'network.nat': 'several', isProtected: 'yes' });
    const findings = await check();
    assert.equal(findings.length, 2);
    for (const line of findings)
      assert.match(line, /^fail settings: tallyship:(network\.nat|isProtected): .*; mend it in Pulumi\.dev\.yaml$/);
  });

  describe('as a process', () => {
    it('ends with 1 for the examples of the repository, and says it as JSON', async () => {
      const { code, stdout } = await doctor(['dev', '--json']);
      assert.equal(code, 1);
      const settings = (JSON.parse(stdout) as { check: string; message: string }[]).filter(({ check }) => check === 'settings');
      assert.equal(settings.length, 3);
    });

    it('ends with 2 for a stack that is not there, for two stacks, for none', async () => {
      assert.match((await doctor(['moon'])).stderr, /Pulumi\.moon\.yaml cannot be read/);
      for (const args of [['moon'], ['dev', 'prod'], [], ['--what']]) assert.equal((await doctor(args)).code, 2);
    });

    it('hands a lake over to the doctor of the data', async () => {
      const { code, stderr } = await doctor(['--data', join(root, 'nowhere')]);
      assert.equal(code, 1);
      assert.match(stderr, /nowhere\/lake does not exist/);
    });
  });

  function doctor(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      execFile(process.execPath, [DOCTOR, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  }
});

const raise = (service: string, code: string, value: number) =>
  `aws service-quotas request-service-quota-increase --region us-east-1 --service-code ${service} --quota-code ${code} --desired-value ${value}`;
