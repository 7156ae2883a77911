import { PROJECT, stackPrefixes } from '../names.ts';
import type { BootstrapSettings, BootstrapStack } from '../settings-schema.ts';

/** What one stack is, in the terms of policies. */
export type Scope = {
  accountId: string;
  region: string;
  stack: string;
  /** The cluster that the stack makes or finds. */
  cluster: string;
  makesCluster: boolean;
  /** Beginning of the names that Pulumi makes up, and of those that the program fixes. */
  prefix: string;
  rolePrefixes: string[];
  lake: BootstrapStack['lake'];
  /** Regions with keys of the stack: its own, and that of the lake's replica. */
  keyRegions: string[];
};

export function scopesOf({ aws: { accountId, region: home }, stacks }: BootstrapSettings): Scope[] {
  return Object.entries(stacks).map(([stack, { region = home, replicaRegion, existingCluster, lake }]) => {
    const { resources: prefix, roles: rolePrefixes } = stackPrefixes(stack, existingCluster);
    const cluster = existingCluster ?? `${PROJECT}-${stack}`;
    const keyRegions = replicaRegion === undefined ? [region] : [region, replicaRegion];
    return { accountId, region, stack, cluster, makesCluster: existingCluster === undefined, prefix, rolePrefixes, lake, keyRegions };
  });
}

export const arnIn = ({ region, accountId }: Scope, service: string, resource: string) =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;
/** Keys have no names: a condition must say which. */
export const keyArns = ({ accountId, keyRegions }: Scope) => keyRegions.map((region) => `arn:aws:kms:${region}:${accountId}:key/*`);
export const roleArns = ({ accountId, rolePrefixes }: Scope) => rolePrefixes.map((prefix) => `arn:aws:iam::${accountId}:role/${prefix}*`);

// The program tags all it makes with its stack, and ids say nothing: for what has no name the tag is the scope.
const STACK_TAG = `${PROJECT}:stack`;
export const taggedAsStack = ({ stack }: Scope) => ({ StringEquals: { [`aws:ResourceTag/${STACK_TAG}`]: stack } });
export const taggingAsStack = ({ stack }: Scope) => ({ StringEquals: { [`aws:RequestTag/${STACK_TAG}`]: stack } });
export const SCOPE_TAGS = [`${PROJECT}:project`, STACK_TAG];
