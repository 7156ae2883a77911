import { type PolicyDocument, policyDocument } from '../../infra/policy-document.ts';
import { clusterReads, clusterWrites } from './cluster.ts';
import { identityReads, identityWrites } from './identity.ts';
import { networkWrites } from './network.ts';
import type { Scope } from './scope.ts';
import { type StoreArns, stateReads, stateWrites } from './state.ts';
import { storageReads, storageWrites } from './storage.ts';
import { unscopedReads } from './unscoped.ts';

// One managed policy a part: IAM takes 6,144 characters each, and ten on a role.

/** What a preview of any of the stacks reads; it changes nothing. */
export function previewPolicies(store: StoreArns, scopes: Scope[]): Record<string, PolicyDocument> {
  return {
    state: policyDocument(...stateReads(store, scopes)),
    platform: policyDocument(unscopedReads(), ...clusterReads(scopes), ...identityReads(scopes)),
    storage: policyDocument(...storageReads(scopes)),
  };
}

/** What an up and a destroy of one stack do, and its preview. A stack on a cluster that was there already makes no network. */
export function deployPolicies(store: StoreArns, scope: Scope, boundaryArn: string): Record<string, PolicyDocument> {
  return {
    ...previewPolicies(store, [scope]),
    state: policyDocument(...stateReads(store, [scope]), ...stateWrites(store, scope)),
    ...(scope.makesCluster && { network: policyDocument(...networkWrites(scope)) }),
    cluster: policyDocument(...clusterWrites(scope)),
    identity: policyDocument(...identityWrites(scope, boundaryArn)),
    data: policyDocument(...storageWrites(scope)),
  };
}
