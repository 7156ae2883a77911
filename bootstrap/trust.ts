import { type PolicyDocument, policyDocument } from '../infra/policy-document.ts';
import type { BootstrapStack } from './settings-schema.ts';

export const GITHUB_ISSUER = 'token.actions.githubusercontent.com';
export const AUDIENCE = 'sts.amazonaws.com';

export const githubProviderArn = (accountId: string) => `arn:aws:iam::${accountId}:oidc-provider/${GITHUB_ISSUER}`;

/**
 * Workflow runs for pull requests of one repository. GitHub gives a pull request from a fork no token at all, unless the repository is
 * told to: its subject would be the same.
 */
export const previewSubject = (repository: string) => `repo:${repository}:pull_request`;

/** Jobs of one environment, or runs on one branch. A job that names an environment has no branch in its subject. */
export function deploySubject(repository: string, { branch, environment }: BootstrapStack): string {
  return environment === undefined ? `repo:${repository}:ref:refs/heads/${branch}` : `repo:${repository}:environment:${environment}`;
}

/** Lets workflow runs with exactly this subject take a role: no patterns. */
export function githubTrust(accountId: string, subject: string): PolicyDocument {
  return policyDocument({
    Sid: 'Workflow',
    Effect: 'Allow',
    Principal: { Federated: githubProviderArn(accountId) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${GITHUB_ISSUER}:aud`]: AUDIENCE, [`${GITHUB_ISSUER}:sub`]: subject } },
  });
}
