import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';

/** When each cluster was last asked for, with files or without. Lost with the process: then it is asked for once more. */
export class ReplayPolls {
  readonly #pollMs: number;
  readonly #askedMs = new Map<string, number>();

  constructor(pollMs: number) {
    this.#pollMs = pollMs;
  }

  asked(identity: ClusterIdentity, nowMs: number): void {
    this.#askedMs.set(nameOf(identity), nowMs);
  }

  due(clusters: readonly ClusterIdentity[], nowMs: number): ClusterIdentity[] {
    return clusters.filter((cluster) => nowMs - (this.#askedMs.get(nameOf(cluster)) ?? Number.NEGATIVE_INFINITY) >= this.#pollMs);
  }
}

const nameOf = ({ account, region, cluster }: ClusterIdentity) => `${account}/${region}/${cluster}`;
