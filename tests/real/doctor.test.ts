import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkStack } from '../../tools/doctor/stack-doctor.ts';
import { type LocalAws, localAws } from '../support/aws-cli.ts';
import { startMoto } from '../support/moto.ts';
import { filledConfig } from '../tools/doctor/sample-stack.ts';

/** Moto's own. */
const ACCOUNT = '123456789012';

describe('npm run doctor -- STACK, by the AWS CLI against moto', () => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let aws: LocalAws;
  let root: string;
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'tallyship-doctor-'));
    moto = await startMoto();
    aws = localAws(moto.url, moto.credentials.accessKeyId);
  });
  after(async () => {
    aws?.remove();
    await moto?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const check = async (changes: Parameters<typeof filledConfig>[1] = {}) => {
    const config = Object.entries(filledConfig('dev', { 'aws.accountId': ACCOUNT, ...changes }));
    const values = config.map(([key, text]) => [key, /^[{[]|^(true|false)$/.test(text) ? JSON.parse(text) : text]);
    writeFileSync(join(root, 'Pulumi.dev.yaml'), JSON.stringify({ config: Object.fromEntries(values) }));
    const findings = await checkStack({ root, stack: 'dev', env: aws.env, nowMs: Date.now() });
    return findings.map(({ status, check: what, message }) => `${status} ${what}: ${message}`);
  };
  const has = (findings: string[], form: RegExp) =>
    assert.ok(
      findings.some((line) => form.test(line)),
      `${form} is not among\n${findings.join('\n')}`,
    );

  it('knows account, region, zones, VPCs, instance types and values of secrets', async () => {
    await aws.call('ec2', 'create-vpc', '--cidr-block', '10.9.0.0/16');
    const tag = 'ResourceType=vpc,Tags=[{Key=tallyship:stack,Value=dev}]';
    await aws.call('ec2', 'create-vpc', '--cidr-block', '10.8.0.0/16', '--tag-specifications', tag);
    await aws.call('secretsmanager', 'create-secret', '--name', 'tallyship/dev/upload-key');
    await aws.call('secretsmanager', 'create-secret', '--name', 'tallyship/dev/upload-keys', '--secret-string', '[]');
    const findings = await check({ 'metering.sendsToCloudzero': true });
    has(findings, /^ok account: arn:aws:/);
    has(findings, /^ok region: us-east-1$/);
    has(findings, /^ok zones: us-east-1a, us-east-1b$/);
    has(findings, /^ok instance types: all are in this region$/);
    // The default VPC of the account and one of somebody else; the stack's own does not count.
    has(findings, /^ok VPCs: 1 needed, 3 of 5 free$/);
    has(findings, /^fail secrets: upload-key has no value/);
    has(findings, /^ok secrets: upload-keys has a value$/);
    has(findings, /^warn secrets: cloudzero-key is made by the up/);
  });

  it('finds a zone and a type that are not there', async () => {
    const findings = await check({
      'network.zones': ['us-east-1a', 'us-east-1z'],
      'cluster.nodeGroups.spot.instanceTypes': ['m99.large'],
    });
    has(findings, /^fail zones: us-east-1z is not there for this account; us-east-1 has us-east-1a, /);
    has(findings, /^fail instance types: .*m99\.large/);
  });
});
