import { bucketsClosed } from './buckets.ts';
import { limitsSet, podsRestricted } from './containers.ts';
import { encrypted } from './encryption.ts';
import { nothingPublic } from './exposure.ts';
import { iamExact, iamManagedListed } from './iam.ts';
import { imagesByDigest, versionsPinned } from './pinned.ts';
import type { Rule } from './resource.ts';
import { explicitProvider, logsKept, metadataGuarded, noSecretValues } from './state.ts';

/** All that a stack is held to, in the order in which it is said. */
export const RULES: readonly Rule[] = [
  explicitProvider,
  iamExact,
  iamManagedListed,
  nothingPublic,
  bucketsClosed,
  encrypted,
  noSecretValues,
  metadataGuarded,
  logsKept,
  versionsPinned,
  imagesByDigest,
  limitsSet,
  podsRestricted,
];
