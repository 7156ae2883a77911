import { Account } from './account.ts';
import { awsxVpc } from './components/awsx-vpc.ts';
import { eksCluster } from './components/eks-cluster.ts';
import { eksManagedNodeGroup } from './components/eks-node-group.ts';
import type { Simulation } from './provider-host.ts';
import { awsEks } from './tables/aws-eks.ts';
import { awsIdentity } from './tables/aws-identity.ts';
import { awsNetwork } from './tables/aws-network.ts';
import { awsStorage } from './tables/aws-storage.ts';
import { dockerBuild } from './tables/docker-build.ts';
import { functions } from './tables/functions.ts';
import { kubernetes } from './tables/kubernetes.ts';
import { random } from './tables/random.ts';

/** The account of AWS's documentation that the credentials of the tests belong to. */
export const SIMULATED_ACCOUNT = '111122223333';

/** A fresh, empty account with every simulated provider. */
export function newSimulation(accountId = SIMULATED_ACCOUNT): Simulation {
  return {
    account: new Account({ ...awsNetwork, ...awsIdentity, ...awsStorage, ...awsEks, ...dockerBuild, ...kubernetes, ...random }),
    functions,
    components: { 'awsx:ec2:Vpc': awsxVpc, 'eks:index:Cluster': eksCluster, 'eks:index:ManagedNodeGroup': eksManagedNodeGroup },
    accountId,
  };
}
