import assert from 'node:assert/strict';
import { parseStackSettings, StackSettingsError } from '../../infra/settings/parse.ts';
import { changed, type Json, stackConfig } from './stack-config.ts';

const dev = stackConfig('dev');

describe('settings of a stack', () => {
  for (const stack of ['dev', 'qa', 'prod']) {
    it(`take Pulumi.${stack}.yaml as it stands`, () => {
      const settings = parseStackSettings(stackConfig(stack));
      assert.equal(settings.isProtected, stack === 'prod');
      assert.equal(settings.metering.agent.mode, 'federated');
    });
  }

  it('take a cluster that is there already, without a network', () => {
    const existing = changed(changed(dev, 'network', undefined), 'cluster', { mode: 'existing', name: 'shop', nodeCidrs: ['10.0.0.0/16'] });
    assert.equal(parseStackSettings(existing).cluster.mode, 'existing');
  });

  it('keep a quoted version and account as text', () => {
    const { cluster, aws } = parseStackSettings(dev);
    assert.deepEqual([cluster.mode === 'own' && cluster.version, aws.accountId], ['1.36', '111122223333']);
  });

  it('report all faults at once', () => {
    const wrong = changed(changed(changed(dev, 'aws.region', 'moon'), 'lake.mode', 'rented'), 'colour', 'red');
    assert.deepEqual(
      faultsOf(wrong).map((line) => line.split(':').slice(0, 2).join(':')),
      ['tallyship:aws.region', 'tallyship:lake.mode', 'tallyship:colour'],
    );
  });

  it('report what does not fit between sections along with what is wrong inside others', () => {
    const changes: [string, Json][] = [
      ['secrets.recoveryWindowDays', 3],
      ['images.base', 'distroless:latest'],
      ['network.zones', ['us-east-1a', 'eu-west-1b']],
      ['metering.uploadApi', { minReplicas: 9, exposure: { mode: 'internal', callerCidrs: ['10.0.0.0/8'] } }],
      ['lake.replica', { region: 'us-east-1' }],
    ];
    const wrong = changes.reduce((config, [path, value]) => changed(config, path, value), dev);
    assert.deepEqual(
      faultsOf(wrong)
        .map((line) => line.split(': ')[0])
        .sort(),
      [
        'tallyship:images.base',
        'tallyship:lake.replica.region',
        'tallyship:metering.tls',
        'tallyship:metering.uploadApi.minReplicas',
        'tallyship:network.zones[1]',
        'tallyship:secrets.recoveryWindowDays',
      ],
    );
  });

  it('say nothing between sections about one that could not be read', () => {
    const wrong = changed(changed(dev, 'cluster', 'big'), 'aws.region', 'moon');
    assert.deepEqual(
      faultsOf(wrong).map((line) => line.split(': ')[0]),
      ['tallyship:aws.region', 'tallyship:cluster'],
    );
  });

  for (const [path, value, fault] of wrongSettings()) {
    it(`refuse ${path} = ${JSON.stringify(value)}`, () => {
      assert.deepEqual(faultsOf(changed(dev, path, value)), [`tallyship:${fault}`]);
    });
  }

  it('refuse settings of providers, which nobody would read', () => {
    assert.deepEqual(faultsOf({ ...dev, 'aws:region': 'us-east-1' }), [
      'aws:region: has no effect; providers take what tallyship:aws says',
    ]);
  });
});

/** One wrong value each: where it is put, what it is, and the one line that says so. */
function wrongSettings(): [path: string, value: Json | undefined, fault: string][] {
  const group = (change: Record<string, Json>) => ({
    arch: 'arm64',
    capacity: 'spot',
    instanceTypes: ['m7g.large'],
    min: 1,
    max: 2,
    desired: 1,
    ...change,
  });
  const digest = `sha256:${'0'.repeat(64)}`;
  const certificate = { mode: 'secretsManager', caCertificate: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' };
  return [
    ['aws', undefined, 'aws: is required'],
    ['aws.accountId', 111122223333, 'aws.accountId: is not text; quote it, an account may begin with 0'],
    ['aws.accountId', '1111', 'aws.accountId: is not 12 digits'],
    ['aws.region', undefined, 'aws.region: is required'],
    ['aws.region', 'us-east-1a', 'aws.region: is not a region such as us-east-1'],
    ['aws.profile', 'me', 'aws.profile: is not a setting'],
    ['aws.roleArn', 'deployer', 'aws.roleArn: is not an ARN of iam'],
    ['isProtected', 'yes', 'isProtected: is not a boolean'],
    ['retainsData', undefined, 'retainsData: is required'],
    ['netwrok', {}, 'netwrok: is not a setting'],
    ['network', undefined, 'network: is required with a cluster of the stack’s own'],
    ['network.mode', 'shared', 'network.mode: is not one of own, existing'],
    ['network.cidr', '10.20.0.0', 'network.cidr: is not an IPv4 block such as 10.20.0.0/16'],
    ['network.cidr', '10.20.0.0/24', 'network.cidr: is not a /16 to /20'],
    ['network.cidr', '10.20.1.0/16', 'network.cidr: has bits behind its prefix; write the first address of the block'],
    ['network.zones', ['us-east-1a'], 'network.zones: has fewer than 2 zones'],
    ['network.zones', ['us-east-1a', 'us-east-1a'], 'network.zones: names a zone twice'],
    ['network.zones', ['us-east-1a', 'eu-west-1b'], 'network.zones[1]: is not a zone of us-east-1'],
    ['network.nat', 'none', 'network.nat: is not one of single, perZone'],
    [
      'network.endpoints',
      ['sqs'],
      'network.endpoints[0]: is not one of s3, ecr.api, ecr.dkr, sts, logs, secretsmanager, ec2, eks, eks-auth, kms',
    ],
    ['network.flowLogDays', 8, 'network.flowLogDays: is not a retention that CloudWatch Logs has (1, 3, 5, 7, 14, 30, 60, 90, … days)'],
    ['cluster.version', 1.36, 'cluster.version: is not text; quote it'],
    ['cluster.version', '1.36.2', 'cluster.version: is not a minor such as 1.36'],
    ['cluster.version', '1.33', 'cluster.version: is below 1.34, out of standard support; raise it or set allowsExtendedSupport'],
    ['cluster.publicAccessCidrs', ['0.0.0.0/0'], 'cluster.publicAccessCidrs[0]: opens the API server to everybody'],
    ['cluster.logDays', undefined, 'cluster.logDays: is required'],
    ['cluster.nodeGroups', {}, 'cluster.nodeGroups: has no node group'],
    ['cluster.nodeGroups.Big_Ones', group({}), 'cluster.nodeGroups.Big_Ones: is not a name of a-z 0-9 - (at most 40, a letter first)'],
    ['cluster.nodeGroups.spot', group({ min: 3, max: 2, desired: 3 }), 'cluster.nodeGroups.spot.min: is above max'],
    ['cluster.nodeGroups.spot', group({ desired: 9 }), 'cluster.nodeGroups.spot.desired: is not within min and max'],
    ['cluster.nodeGroups.spot', group({ instanceTypes: [] }), 'cluster.nodeGroups.spot.instanceTypes: names no instance type'],
    ['cluster.nodeGroups.spot', group({ os: 'AL2' }), 'cluster.nodeGroups.spot.os: is not one of AL2023, Bottlerocket'],
    ['cluster.nodeGroups.spot', group({ diskGib: 8 }), 'cluster.nodeGroups.spot.diskGib: is below 20'],
    ['cluster.access.ops', { principalArn: 'ops', level: 'view' }, 'cluster.access.ops.principalArn: is not an ARN of iam'],
    [
      'cluster.access.ops',
      { principalArn: 'arn:aws:iam::111122223333:role/ops', level: 'clusterAdmin', namespaces: ['shop'] },
      'cluster.access.ops.namespaces: cannot narrow clusterAdmin',
    ],
    ['cluster.addonVersions', { coredns: 'latest' }, 'cluster.addonVersions.coredns: is not a version such as v1.14.3-eksbuild.11'],
    ['cluster', { mode: 'existing', name: 'shop', nodeCidrs: ['10.0.0.0/16'] }, 'network: is of no use: the cluster has a network already'],
    ['identity', 'static', 'identity: is not one of podIdentity, irsa'],
    ['secrets.recoveryWindowDays', 3, 'secrets.recoveryWindowDays: is not 0 or 7 to 30'],
    ['images.base', 'distroless:latest', 'images.base: is not an image by digest (repository@sha256:…)'],
    ['images', { mode: 'prebuilt', collector: `a@${digest}`, shipper: `b@${digest}` }, 'images.uploadApi: is required'],
    [
      'images',
      { mode: 'prebuilt', collector: `a@${digest}`, shipper: `b@${digest}`, uploadApi: `c@${digest}` },
      'images.console: is required, or metering.hasConsole: false',
    ],
    [
      'metering.uploadApi',
      { exposure: { mode: 'internal', callerCidrs: ['10.0.0.0/8'] } },
      'metering.tls: is required where other clusters reach the upload API: they send keys',
    ],
    [
      'metering',
      { tls: certificate, uploadApi: { exposure: { mode: 'internal', callerCidrs: ['0.0.0.0/0'] } } },
      'metering.uploadApi.exposure.callerCidrs[0]: opens the upload API to everybody',
    ],
    [
      'metering.tls',
      { mode: 'secretsManager', caCertificate: '-----BEGIN PRIVATE KEY-----' },
      'metering.tls.caCertificate: is not certificates in PEM (-----BEGIN CERTIFICATE-----…)',
    ],
    ['metering.console', { minReplicas: 5 }, 'metering.console.minReplicas: is above maxReplicas'],
    ['images.prometheus', 'prometheus:latest', 'images.prometheus: is not pinned: end it in @sha256:… or in a version'],
    ['lake.replica', { region: 'us-east-1' }, 'lake.replica.region: is the region of the stack itself'],
    ['lake.clusters', { shop: {} }, 'lake.clusters.shop: names no role'],
    ['lake.clusters', { shop: { uploadApiRoleArn: 'shop' } }, 'lake.clusters.shop.uploadApiRoleArn: is not an ARN of iam'],
    ['lake.sampleDays', 0, 'lake.sampleDays: is below 1'],
    [
      'lake',
      { mode: 'existing', bucket: 'B', accountId: '111122223333', region: 'us-east-1' },
      'lake.bucket: is not a bucket name (3 to 63 of a-z 0-9 . -)',
    ],
    [
      'metering.collector',
      { replicas: 2, drainOrdinals: [1] },
      'metering.collector.drainOrdinals: names a replica that runs; lower replicas first',
    ],
    ['metering.uploadApi', { minReplicas: 9 }, 'metering.uploadApi.minReplicas: is above maxReplicas'],
    ['metering.agent', { mode: 'federated', scrapeIntervalS: 5 }, 'metering.agent.scrapeIntervalS: is below 10'],
  ];
}

function faultsOf(config: Record<string, string>): string[] {
  try {
    parseStackSettings(config);
  } catch (error) {
    assert.ok(error instanceof StackSettingsError);
    return error.message.split('\n').slice(1);
  }
  return [];
}
