import { parseStackSettings } from '../../../infra/settings/parse.ts';
import type { StackSettings } from '../../../infra/settings/stack.ts';
import type { Facts } from '../../../tools/doctor/facts.ts';
import { changed, type Json, stackConfig } from '../../infra/stack-config.ts';

/** Not one of AWS's examples: those are placeholders. */
export const ACCOUNT = '210987654321';
export const NOW_MS = Date.UTC(2026, 10, 21);

/** The repository's settings of a stack with everything filled in. */
export function filledConfig(stack: string, changes: Record<string, Json> = {}): Record<string, string> {
  const filled = {
    'aws.accountId': ACCOUNT,
    'cluster.publicAccessCidrs': ['8.8.8.0/24'],
    'images.base': `gcr.io/distroless/nodejs24-debian13@sha256:${'1'.repeat(64)}`,
    ...changes,
  };
  return Object.entries(filled).reduce((config, [path, value]) => changed(config, path, value), stackConfig(stack));
}

export const filledSettings = (stack: string, changes: Record<string, Json> = {}): StackSettings =>
  parseStackSettings(filledConfig(stack, changes));

const type = (name: string, vcpus: number) => ({ type: name, vcpus, architectures: ['arm64'] });
const nothing = { own: 0, others: 0 };

/** A machine and an account in which every stack can be made. */
export function goodFacts(): Facts & Required<Pick<Facts, 'account'>> {
  return {
    tools: {
      node: { value: 'v24.1.0' },
      pulumi: { value: 'v3.259.0' },
      aws: { value: 'aws-cli/2.31.0 Python/3.13' },
      docker: { value: '28.0.1' },
      buildx: { value: 'github.com/docker/buildx v0.21.0' },
    },
    missingContexts: [],
    caller: { value: { accountId: ACCOUNT, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/deploy/session` } },
    account: {
      regionStatus: { value: 'opt-in-not-required' },
      zones: {
        value: ['a', 'b', 'c'].map((letter, index) => ({ name: `us-east-1${letter}`, id: `use1-az${index + 4}`, state: 'available' })),
      },
      quotas: Object.fromEntries(
        Object.entries({ addresses: 5, vpcs: 5, natGateways: 5, onDemand: 64, spot: 128 }).map(([name, value]) => [name, { value }]),
      ),
      vpcs: { value: nothing },
      addresses: { value: nothing },
      natGateways: { value: {} },
      instanceTypes: {
        value: ['m7g', 'm6g', 'r7g', 'r6g'].flatMap((family) => [type(`${family}.large`, 2), type(`${family}.xlarge`, 4)]),
      },
      running: { value: [] },
      clusterVersions: {
        value: [
          { version: '1.36', status: 'STANDARD_SUPPORT', standardSupportEnds: '2027-08-01T00:00:00Z' },
          { version: '1.34', status: 'STANDARD_SUPPORT', standardSupportEnds: '2026-12-02T00:00:00Z' },
          { version: '1.33', status: 'EXTENDED_SUPPORT', standardSupportEnds: '2026-07-29T00:00:00Z' },
        ],
      },
      secrets: ['upload-keys', 'upload-key', 'ingest-tokens'].map((name) => ({ value: { name, state: 'set' } })),
    },
    nowMs: NOW_MS,
  };
}
