import { z } from 'zod';
import { accountId, arn, bucketName, dnsLabel, region } from '../infra/settings/fields.ts';
import { reservedNameFaults } from './names.ts';

// `repo:` claims of repositories made since July 2026 carry the numbers of owner and repository.
// https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
const NAMES_ONLY = /^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9_.-]+$/;
const WITH_NUMBERS = /^[A-Za-z0-9][A-Za-z0-9-]*@[0-9]+\/[A-Za-z0-9_.-]+@[0-9]+$/;
const repository = z
  .string()
  .refine((text) => NAMES_ONLY.test(text) || WITH_NUMBERS.test(text), 'is not OWNER/NAME, or OWNER@NUMBER/NAME@NUMBER');
const gitName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'is not one exact name (letters, digits, . _ / -)');

const github = z.strictObject({
  repository: repository.describe('Repository whose workflows may take the roles.'),
  oidcProvider: z
    .enum(['create', 'existing'])
    .default('create')
    .describe('An account has one provider for GitHub; `existing` where something else has made it.'),
});

const stack = z
  .strictObject({
    branch: gitName.exactOptional().describe('Branch whose workflow runs may deploy.'),
    environment: gitName.exactOptional().describe('GitHub environment whose jobs may deploy; its rules say who approves.'),
    region: region.exactOptional().describe('Region of the stack. Absent: the one of the state.'),
    replicaRegion: region.exactOptional().describe('Region of the lake’s replica, where it has one.'),
    existingCluster: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,37}$/, 'is not a cluster name of at most 38 characters')
      .exactOptional()
      .describe('Name of the cluster, where the stack makes none.'),
    lake: z
      .strictObject({
        bucket: bucketName.describe('Its name.'),
        kmsKeyArn: arn('kms').exactOptional().describe('Its key.'),
        roleArns: z.array(arn('iam')).default([]).describe('Roles of its account that the stack’s go through.'),
      })
      .exactOptional()
      .describe('The bucket of the lake, where the stack makes none.'),
  })
  .refine(
    ({ branch, environment }) => (branch === undefined) !== (environment === undefined),
    'needs a branch or an environment, not both',
  );

/** All that the bootstrap may be told. */
export const bootstrapSchema = z
  .strictObject({
    aws: z.strictObject({
      accountId: accountId.describe('The account. With credentials of another one nothing is done.'),
      region: region.describe('Region of the state.'),
    }),
    github,
    stateBucket: bucketName.exactOptional().describe('Absent: tallyship-state-ACCOUNT-REGION.'),
    stacks: z.record(dnsLabel, stack).refine((stacks) => Object.keys(stacks).length > 0, 'names no stack'),
    isProtected: z.boolean().default(true).describe('Whether the bucket and the keys refuse to be destroyed.'),
  })
  .superRefine((settings, context) => {
    for (const { stack: name, message } of reservedNameFaults(settings))
      context.addIssue({ code: 'custom', path: ['stacks', name], message });
  });
export type BootstrapSettings = z.output<typeof bootstrapSchema>;
export type BootstrapStack = z.output<typeof stack>;
