/** What was asked, or why it is not known. */
export type Known<T> = { value: T } | { fault: string };

export type ToolName = 'node' | 'pulumi' | 'aws' | 'docker' | 'buildx';
export type Zone = { name: string; id: string; state: string };
export type InstanceType = { type: string; vcpus: number; architectures: string[] };
export type RunningInstance = { type: string; capacity: 'onDemand' | 'spot'; vcpus: number; isOwn: boolean };
export type ClusterVersion = { version: string; status: string; standardSupportEnds: string };
/** How many there are of something that AWS limits, the stack's own apart. */
export type Count = { own: number; others: number };
export type SecretState = { name: string; state: 'absent' | 'empty' | 'set' | 'deleted' };

/** What the account has, asked only with credentials of the right one. What the stack does not need is absent. */
export type AccountFacts = {
  regionStatus: Known<string>;
  zones?: Known<Zone[]>;
  quotas: Record<string, Known<number>>;
  vpcs?: Known<Count>;
  addresses?: Known<Count>;
  /** NAT gateways by zone. */
  natGateways?: Known<Record<string, Count>>;
  instanceTypes?: Known<InstanceType[]>;
  running?: Known<RunningInstance[]>;
  clusterVersions?: Known<ClusterVersion[]>;
  /** State of the cluster that is there already. */
  clusterStatus?: Known<string>;
  secrets: Known<SecretState>[];
};

export type Facts = {
  tools: Partial<Record<ToolName, Known<string>>>;
  /** Services without a build context. */
  missingContexts: string[];
  caller: Known<{ accountId: string; arn: string }>;
  /** Absent with credentials of another account, or none. */
  account?: AccountFacts;
  nowMs: number;
};
