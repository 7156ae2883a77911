import assert from 'node:assert/strict';
import { boundaryPolicy } from '../../bootstrap/policies/boundary.ts';
import { deployPolicies, previewPolicies } from '../../bootstrap/policies/ci-policies.ts';
import { type Scope, scopesOf } from '../../bootstrap/policies/scope.ts';
import { UNSCOPED } from '../../bootstrap/policies/unscoped.ts';
import { bootstrapSchema } from '../../bootstrap/settings-schema.ts';
import type { PolicyDocument } from '../../infra/policy-document.ts';

/** IAM's limit of a managed policy, in characters that are not white space. */
const MAX_CHARACTERS = 6144;
const MAX_POLICIES = 10;

const key = (name: string) => `arn:aws:kms:ap-southeast-2:111122223333:key/${name.padEnd(36, '0')}`;
const store = { bucketArn: `arn:aws:s3:::${'b'.repeat(63)}`, stateKeyArn: key('state'), secretsKeyArn: key('secrets') };
const settings = bootstrapSchema.parse({
  aws: { accountId: '111122223333', region: 'ap-southeast-2' },
  github: { repository: 'example/platform' },
  stacks: {
    dev: { branch: 'main' },
    qa: { branch: 'main', region: 'eu-west-1' },
    prod: { environment: 'production', replicaRegion: 'ap-southeast-4' },
    ['long'.repeat(9)]: { branch: 'main' },
    shared: {
      branch: 'main',
      existingCluster: 'shared',
      lake: { bucket: 'somebody-elses', kmsKeyArn: key('lake'), roleArns: ['arn:aws:iam::444455556666:role/lake'] },
    },
  },
});
const scopes = scopesOf(settings);
const boundaryArn = 'arn:aws:iam::111122223333:policy/tallyship-ci-boundary-dev';
const roles: [string, Record<string, PolicyDocument>][] = [
  ['preview', previewPolicies(store, scopes)],
  ...scopes.map((scope): [string, Record<string, PolicyDocument>] => [`deploy ${scope.stack}`, deployPolicies(store, scope, boundaryArn)]),
];
const actionsOf = ({ Statement }: PolicyDocument) => Statement.flatMap(({ Action }) => Action);

describe('policies of the roles of CI', () => {
  for (const [role, policies] of roles) {
    it(`${role}: only what AWS cannot narrow is granted on *`, () => {
      const wide = Object.values(policies).flatMap(({ Statement }) => Statement.filter(({ Resource }) => [Resource].flat().includes('*')));
      const unlisted = wide.flatMap(({ Action }) => Action).filter((action) => !(action in UNSCOPED));
      assert.deepEqual(unlisted, []);
    });

    it(`${role}: no action has a wildcard`, () => {
      assert.deepEqual(
        Object.values(policies)
          .flatMap(actionsOf)
          .filter((action) => action.includes('*')),
        [],
      );
    });

    it(`${role}: its policies are within IAM’s limits`, () => {
      assert.ok(Object.keys(policies).length <= MAX_POLICIES);
      for (const [part, document] of Object.entries(policies)) {
        const characters = JSON.stringify(document).length;
        assert.ok(characters <= MAX_CHARACTERS, `${part} has ${characters} characters`);
        const sids = document.Statement.map(({ Sid }) => Sid);
        assert.deepEqual(
          sids.filter((sid) => !/^[A-Za-z0-9]+$/.test(sid)),
          [],
        );
        assert.equal(new Set(sids).size, sids.length);
      }
    });
  }

  it('name nothing in the table that nobody is granted', () => {
    const granted = new Set(roles.flatMap(([, policies]) => Object.values(policies).flatMap(actionsOf)));
    assert.deepEqual(
      Object.keys(UNSCOPED).filter((action) => !granted.has(action)),
      [],
    );
  });

  it('leave a cluster that was there already, and its network, as they are', () => {
    const { cluster, network } = deployPolicies(store, scope('shared'), boundaryArn);
    assert.equal(network, undefined);
    assert.deepEqual(
      actionsOf(cluster as PolicyDocument).filter((action) => /Cluster|Nodegroup|Addon|Access/.test(action)),
      [],
    );
  });

  it('reach the keys of a replica in its region', () => {
    const regions = ['ap-southeast-2', 'ap-southeast-4'].map((region) => `arn:aws:kms:${region}:111122223333:key/*`);
    const { data } = deployPolicies(store, scope('prod'), boundaryArn);
    for (const { Statement } of [data as PolicyDocument, boundaryPolicy(scope('prod'))])
      assert.deepEqual(Statement.find(({ Sid }) => Sid === 'ChangeKeys' || Sid === 'KeysOfStack')?.Resource, regions);
  });

  it('keep a boundary within IAM’s limits, with the lake of somebody else in it', () => {
    for (const each of scopes) assert.ok(JSON.stringify(boundaryPolicy(each)).length <= MAX_CHARACTERS);
    const resources = boundaryPolicy(scope('shared')).Statement.flatMap(({ Resource = [] }) => Resource);
    for (const arn of ['arn:aws:s3:::somebody-elses/*', key('lake'), 'arn:aws:iam::444455556666:role/lake'])
      assert.ok(resources.includes(arn));
  });

  const scope = (stack: string) => scopes.find((each) => each.stack === stack) as Scope;
});
