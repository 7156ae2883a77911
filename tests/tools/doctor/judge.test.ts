import assert from 'node:assert/strict';
import type { AccountFacts, Facts } from '../../../tools/doctor/facts.ts';
import { judge } from '../../../tools/doctor/judge.ts';
import { placeholders } from '../../../tools/doctor/placeholders.ts';
import { type Json, stackConfig } from '../../infra/stack-config.ts';
import { filledSettings, goodFacts } from './sample-stack.ts';

const line = ({ status, check, message }: { status: string; check: string; message: string }) => `${status} ${check}: ${message}`;
const notWell = (stack: string, facts: Facts, changes: Record<string, Json> = {}) =>
  judge(filledSettings(stack, changes), stack, facts)
    .filter(({ status }) => status !== 'ok')
    .map(line);
const withFacts = (facts: Partial<Facts>): Facts => ({ ...goodFacts(), ...facts });
const withAccount = (account: Partial<AccountFacts>): Facts => withFacts({ account: { ...goodFacts().account, ...account } });
const withQuota = (name: string, value: number) => withAccount({ quotas: { ...goodFacts().account.quotas, [name]: { value } } });

describe('doctor of a stack', () => {
  for (const stack of ['dev', 'qa', 'prod'])
    it(`finds nothing where ${stack} can be made`, () => assert.deepEqual(notWell(stack, goodFacts()), []));

  const cases: [string, Facts, RegExp, Record<string, Json>?][] = [
    ['an old Node', withFacts({ tools: { node: { value: 'v20.9.0' } } }), /^fail Node: 20\.9\.0 is too old; install 22\.18 or newer$/],
    ['an old Pulumi', withFacts({ tools: { pulumi: { value: 'v3.120.0' } } }), /^fail Pulumi CLI: 3\.120\.0 is too old/],
    ['an old AWS CLI 1', withFacts({ tools: { aws: { value: 'aws-cli/1.22.0 Python/3' } } }), /^fail AWS CLI: 1\.22\.0 is too old/],
    ['an old AWS CLI 2', withFacts({ tools: { aws: { value: 'aws-cli/2.4.0 Python/3' } } }), /^fail AWS CLI: 2\.4\.0 is too old/],
    [
      'no buildx',
      withFacts({ tools: { buildx: { fault: 'docker is not on PATH' } } }),
      /^fail docker buildx: docker is not on PATH; install it/,
    ],
    [
      'no contexts',
      withFacts({ missingContexts: ['shipper'] }),
      /^fail image contexts: dist\/images has no shipper; make them: npm run package/,
    ],
    [
      'a region that is off',
      withAccount({ regionStatus: { value: 'not-opted-in' } }),
      /^fail region: us-east-1 is not enabled; aws account enable-region/,
    ],
    [
      'a zone that is not there',
      withAccount({ zones: { value: [{ name: 'us-east-1b', id: 'use1-az1', state: 'available' }] } }),
      /^fail zones: us-east-1a is not there for this account; us-east-1 has us-east-1b$/,
    ],
    [
      'a zone without EKS',
      withAccount({
        zones: {
          value: ['a', 'b'].map((letter) => ({
            name: `us-east-1${letter}`,
            id: letter === 'a' ? 'use1-az3' : 'use1-az1',
            state: 'available',
          })),
        },
      }),
      /^fail zones: us-east-1a is use1-az3 in this account, where EKS makes no control plane/,
    ],
    [
      'no VPC left',
      withAccount({ vpcs: { value: { own: 0, others: 5 } } }),
      /^fail VPCs: 1 needed, 0 of 5 free; aws service-quotas request-service-quota-increase --region us-east-1 --service-code vpc --quota-code L-F678F1CE --desired-value 6$/,
    ],
    ['no address left', withAccount({ addresses: { value: { own: 0, others: 5 } } }), /^fail Elastic IP addresses: 1 needed, 0 of 5 free/],
    [
      'no NAT gateway left',
      withAccount({ natGateways: { value: { 'us-east-1a': { own: 0, others: 5 } } } }),
      /^fail NAT gateways in a zone us-east-1a: 1 needed, 0 of 5 free/,
    ],
    ['too few vCPUs', withQuota('spot', 3), /^fail vCPUs of spot instances: 4 needed at first, 3 of 3 free; .*--desired-value 8$/],
    ['too few vCPUs for most nodes', withQuota('spot', 5), /^warn vCPUs of spot instances: 8 needed with most nodes, 5 of 5 free/],
    [
      'vCPUs taken by others',
      withAccount({
        running: { value: Array.from({ length: 63 }, () => ({ type: 'c7g.large', capacity: 'spot', vcpus: 2, isOwn: false })) },
      }),
      /^fail vCPUs of spot instances: 4 needed at first, 2 of 128 free/,
    ],
    [
      'an unknown quota',
      withAccount({ quotas: { ...goodFacts().account.quotas, vpcs: { fault: 'AccessDenied' } } }),
      /^warn VPCs: not known: AccessDenied$/,
    ],
    [
      'types of another architecture',
      goodFacts(),
      /^fail instance types: node group spot: m7g\.large is not amd64$/,
      { 'cluster.nodeGroups.spot.arch': 'amd64', 'cluster.nodeGroups.spot.instanceTypes': ['m7g.large'] },
    ],
    [
      'types with quotas of their own',
      goodFacts(),
      /^warn vCPUs of spot instances: node group spot has types with quotas of their own; not checked$/,
      { 'cluster.nodeGroups.spot.instanceTypes': ['g5g.xlarge'] },
    ],
    [
      'a type that is not in the region',
      withAccount({ instanceTypes: { fault: '(InvalidInstanceType) … [m99.large]' } }),
      /^fail instance types: .*m99\.large/,
    ],
    [
      'a minor that EKS has not',
      goodFacts(),
      /^fail Kubernetes: EKS has no 1\.39; in standard support are 1\.36, 1\.34$/,
      { 'cluster.version': '1.39' },
    ],
    [
      'a minor that ends soon',
      goodFacts(),
      /^warn Kubernetes: standard support of 1\.34 ends 2026-12-02; plan the next minor$/,
      { 'cluster.version': '1.34' },
    ],
    [
      'a minor in extended support',
      goodFacts(),
      /^warn Kubernetes: 1\.33 is out of standard support since 2026-07-29: EKS charges more$/,
      { 'cluster.version': '1.33', 'cluster.allowsExtendedSupport': true },
    ],
    [
      'a secret without a value',
      withAccount({ secrets: [{ value: { name: 'upload-key', state: 'empty' } }] }),
      /^fail secrets: upload-key has no value, pods would wait for it; npm run secret:set -- dev upload-key$/,
    ],
    [
      'a secret that is to come',
      withAccount({ secrets: [{ value: { name: 'upload-key', state: 'absent' } }] }),
      /^warn secrets: upload-key is made by the up; in its first ten minutes: npm run secret:set/,
    ],
    [
      'a secret that is being deleted',
      withAccount({ secrets: [{ value: { name: 'upload-key', state: 'deleted' } }] }),
      /^fail secrets: upload-key waits for its deletion/,
    ],
  ];
  for (const [what, facts, expected, changes] of cases) {
    it(`finds ${what}`, () => {
      const found = notWell('dev', facts, changes);
      assert.ok(
        found.some((one) => expected.test(one)),
        found.join('\n') || 'nothing was found',
      );
    });
  }

  it('counts what the stack has already as its own', () => {
    const own = { own: 1, others: 4 };
    const facts = withAccount({ vpcs: { value: own }, addresses: { value: own }, natGateways: { value: { 'us-east-1a': own } } });
    assert.deepEqual(notWell('dev', facts), []);
    const running = Array.from({ length: 64 }, () => ({ type: 'm7g.large', capacity: 'spot' as const, vcpus: 2, isOwn: true }));
    assert.deepEqual(notWell('dev', withAccount({ running: { value: running } })), []);
  });

  it('asks for an address a zone where each has a NAT gateway', () => {
    const found = notWell('prod', withAccount({ addresses: { value: { own: 0, others: 3 } } }));
    assert.match(found.join('\n'), /fail Elastic IP addresses: 3 needed, 2 of 5 free/);
  });

  it('says that nothing of the account was checked with credentials of another one, or none', () => {
    const { account: _, ...facts } = goodFacts();
    const other = { ...facts, caller: { value: { accountId: '999999999999', arn: 'arn' } } };
    assert.match(
      notWell('dev', other).join('\n'),
      /^fail account: credentials are of 999999999999, the stack is for 210987654321; .* was not checked$/,
    );
    const none = { ...facts, caller: { fault: 'Unable to locate credentials' } };
    assert.match(notWell('dev', none).join('\n'), /^fail account: no credentials of AWS: Unable to locate credentials/);
  });

  it('finds each example that the repository’s stacks hold', () => {
    for (const stack of ['dev', 'qa', 'prod']) {
      const config = Object.entries(stackConfig(stack)).map(([key, text]) => [key, text.startsWith('{') ? JSON.parse(text) : text]);
      const paths = placeholders(Object.fromEntries(config)).map(({ path }) => path.replace('tallyship:', ''));
      assert.deepEqual(paths, ['aws.accountId', 'cluster.publicAccessCidrs[0]', 'images.base']);
    }
  });

  it('takes no value of a user’s own for an example', () => {
    assert.deepEqual(
      placeholders({ role: 'arn:aws:iam::211122223333:role/x', host: 'example.company.io/app', cidr: '203.0.114.0/24' }),
      [],
    );
  });
});
