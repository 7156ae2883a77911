import * as aws from '@pulumi/aws';
import { all, type ComponentResourceOptions, type Output, type Resource } from '@pulumi/pulumi';
import { Component } from '../infra/component.ts';
import type { PolicyDocument } from '../infra/policy-document.ts';
import type { BootstrapNames } from './names.ts';
import { boundaryPolicy } from './policies/boundary.ts';
import { deployPolicies, previewPolicies } from './policies/ci-policies.ts';
import { scopesOf } from './policies/scope.ts';
import type { StoreArns } from './policies/state.ts';
import type { BootstrapSettings, BootstrapStack } from './settings-schema.ts';
import type { StateStore } from './state-store.ts';
import { AUDIENCE, deploySubject, GITHUB_ISSUER, githubTrust, previewSubject } from './trust.ts';

export type CiRolesArgs = { settings: BootstrapSettings; names: BootstrapNames; store: StateStore };

/** A first up takes up to forty minutes, and credentials must not end before it does. */
const DEPLOY_SESSION_S = 2 * 60 * 60;

/** Roles that workflows of one repository take: one that previews every stack, and one a stack that deploys it. */
export class CiRoles extends Component {
  readonly previewRoleArn: Output<string>;
  readonly deployRoleArns: Output<Record<string, string>>;
  readonly permissionsBoundaryArns: Output<Record<string, string>>;
  readonly #store: Output<StoreArns>;

  constructor(name: string, { settings, names, store }: CiRolesArgs, options: ComponentResourceOptions) {
    super('bootstrap:CiRoles', name, options);
    this.#store = all([store.bucketArn, store.stateKeyArn, store.secretsKeyArn]).apply(([bucketArn, stateKeyArn, secretsKeyArn]) => ({
      bucketArn,
      stateKeyArn,
      secretsKeyArn,
    }));
    const provider = settings.github.oidcProvider === 'create' ? [this.#githubProvider()] : [];
    const scopes = scopesOf(settings);
    const { accountId } = settings.aws;
    const { repository } = settings.github;

    const preview = this.#role(names.previewRole, githubTrust(accountId, previewSubject(repository)), {}, provider);
    this.#attach(names.previewRole, preview, (arns) => previewPolicies(arns, scopes));
    this.previewRoleArn = preview.arn;

    const stacks = scopes.map((scope) => {
      const spec = settings.stacks[scope.stack] as BootstrapStack;
      const boundary = this.#policy(names.boundary(scope.stack), boundaryPolicy(scope));
      const trust = githubTrust(accountId, deploySubject(repository, spec));
      const role = this.#role(names.deployRole(scope.stack), trust, { maxSessionDuration: DEPLOY_SESSION_S }, provider);
      const boundaryArn = `arn:aws:iam::${accountId}:policy/${names.boundary(scope.stack)}`;
      this.#attach(names.deployRole(scope.stack), role, (arns) => deployPolicies(arns, scope, boundaryArn));
      return { stack: scope.stack, role: role.arn, boundary: boundary.arn };
    });
    this.deployRoleArns = all(Object.fromEntries(stacks.map(({ stack, role }) => [stack, role])));
    this.permissionsBoundaryArns = all(Object.fromEntries(stacks.map(({ stack, boundary }) => [stack, boundary])));
    this.registerOutputs();
  }

  #githubProvider(): Resource {
    return new aws.iam.OpenIdConnectProvider('github', { url: `https://${GITHUB_ISSUER}`, clientIdLists: [AUDIENCE] }, this.child());
  }

  #role(name: string, trust: PolicyDocument, more: { maxSessionDuration?: number }, dependsOn: Resource[]): aws.iam.Role {
    return new aws.iam.Role(name, { name, assumeRolePolicy: JSON.stringify(trust), ...more }, this.child({ dependsOn }));
  }

  #attach(prefix: string, role: aws.iam.Role, policies: (store: StoreArns) => Record<string, PolicyDocument>): void {
    for (const part of Object.keys(policies({ bucketArn: '', stateKeyArn: '', secretsKeyArn: '' }))) {
      const name = `${prefix}-${part}`;
      const document = this.#store.apply((arns) => JSON.stringify(policies(arns)[part]));
      const policy = new aws.iam.Policy(name, { name, policy: document }, this.child());
      new aws.iam.RolePolicyAttachment(name, { role: role.name, policyArn: policy.arn }, this.child());
    }
  }

  #policy(name: string, document: PolicyDocument): aws.iam.Policy {
    return new aws.iam.Policy(name, { name, policy: JSON.stringify(document) }, this.child());
  }
}
