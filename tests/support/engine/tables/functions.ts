import { createHash } from 'node:crypto';
import type { FunctionTable } from '../model.ts';
import { secretValue, textAt, valuesAt } from '../values.ts';

/** The password of every registry; tests look for it where it must not be. */
export const REGISTRY_TOKEN = 'a-registry-token-of-the-tests';

/** What invokes answer. A function that reads the account says what the account holds. */
export const functions: FunctionTable = {
  'aws:index/getCallerIdentity:getCallerIdentity': (_args, { accountId }) => ({
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/deploy/session`,
    userId: 'AROADEPLOY:session',
    id: accountId,
  }),
  'aws:index/getRegion:getRegion': (_args, { region }) => ({
    region,
    name: region,
    id: region,
    description: region,
    endpoint: `ec2.${region}.amazonaws.com`,
  }),
  'aws:index/getPartition:getPartition': () => ({
    partition: 'aws',
    dnsSuffix: 'amazonaws.com',
    reverseDnsPrefix: 'com.amazonaws',
    id: 'aws',
  }),
  'aws:index/getAvailabilityZones:getAvailabilityZones': (_args, { region }) => ({
    id: region,
    names: ['a', 'b', 'c'].map((zone) => region + zone),
    zoneIds: ['az1', 'az2', 'az3'],
  }),
  'aws:eks/getAddonVersion:getAddonVersion': (args) => ({ ...args, version: 'v1.0.0-eksbuild.1', id: textAt(args, 'addonName') }),
  'aws:eks/getCluster:getCluster': (args, home, account) => {
    const cluster = account.find('aws:eks/cluster:Cluster', textAt(args, 'name'), home);
    if (!cluster) throw new Error(`ResourceNotFoundException: No cluster found for name: ${textAt(args, 'name')}`);
    return { ...cluster.outputs, id: cluster.id, name: cluster.id };
  },
  'aws:ec2/getVpc:getVpc': (args, home, account) => {
    const vpc = account.find('aws:ec2/vpc:Vpc', textAt(args, 'id'), home);
    if (!vpc) throw new Error(`no matching EC2 VPC found: ${textAt(args, 'id')}`);
    return { ...vpc.outputs, id: vpc.id };
  },
  'aws:ec2/getSubnet:getSubnet': (args, home, account) => {
    const subnet = account.find('aws:ec2/subnet:Subnet', textAt(args, 'id'), home);
    if (!subnet) throw new Error(`no matching EC2 Subnet found: ${textAt(args, 'id')}`);
    return { ...subnet.outputs, id: subnet.id };
  },
  'aws:ec2/getPrefixList:getPrefixList': (args, { region }) => ({
    ...args,
    id: `pl-${region}`,
    prefixListId: `pl-${region}`,
    cidrBlocks: ['198.51.100.0/24'],
  }),
  'aws:s3/getBucket:getBucket': (args, _home, account) => {
    const bucket = account.all('aws:s3/bucket:Bucket').find(({ id }) => id === textAt(args, 'bucket'));
    if (!bucket) throw new Error(`reading S3 Bucket (${textAt(args, 'bucket')}): couldn't find resource`);
    return { ...bucket.outputs, id: bucket.id };
  },
  'aws:ecr/getAuthorizationToken:getAuthorizationToken': (_args, { accountId, region }) => ({
    id: accountId,
    userName: 'AWS',
    password: secretValue(REGISTRY_TOKEN),
    authorizationToken: secretValue('QVdTOnRva2Vu'),
    proxyEndpoint: `https://${accountId}.dkr.ecr.${region}.amazonaws.com`,
    expiresAt: '2026-01-01T12:00:00Z',
  }),
  'aws:iam/getPolicyDocument:getPolicyDocument': (args) => {
    const json = policyText(args);
    return { id: createHash('sha256').update(json).digest('hex').slice(0, 8), json, minifiedJson: json, version: '2012-10-17' };
  },
};

/** The JSON policy of statements in the provider's own spelling. */
function policyText(args: Record<string, unknown>): string {
  const statements = valuesAt(args, 'statements[]') as Record<string, unknown>[];
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({
      Sid: statement.sid,
      Effect: statement.effect ?? 'Allow',
      Principal: grouped(statement.principals),
      Action: statement.actions,
      NotAction: statement.notActions,
      Resource: statement.resources,
      NotResource: statement.notResources,
      Condition: conditions(statement.conditions),
    })),
  });
}

function grouped(principals: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(principals)) return undefined;
  return Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers]));
}

function conditions(given: unknown): Record<string, Record<string, unknown>> | undefined {
  if (!Array.isArray(given)) return undefined;
  const result: Record<string, Record<string, unknown>> = {};
  for (const { test, variable, values } of given) {
    const operator = result[test] ?? {};
    operator[variable] = values;
    result[test] = operator;
  }
  return result;
}
