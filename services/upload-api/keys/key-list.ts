import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import { parseJson } from '@tallyship/shared/runtime/parse-json';
import { bearerOf, digestOf, findSecret } from '@tallyship/shared/runtime/secret-digest';
import { z } from 'zod';

/** Who a key belongs to and what it may touch. `digest` is the SHA-256 of the key. */
export type ApiKey = { name: string; digest: Buffer; accounts: RegExp[]; regions: RegExp[]; clusters: RegExp[] };

const patterns = z
  .array(z.string().regex(/^[A-Za-z0-9._*-]{1,100}$/, 'is not a name with *'))
  .min(1)
  .transform((list) => list.map((pattern) => new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`)));

const keys = z
  .array(
    z
      .strictObject({
        name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, 'is not 1 to 100 of A-Z a-z 0-9 . _ -'),
        key: z.string().min(16, 'is shorter than 16 characters').max(1000).regex(/^\S+$/, 'has white space').optional(),
        sha256: z
          .string()
          .regex(/^[0-9a-fA-F]{64}$/, 'is not 64 hex digits')
          .optional(),
        accounts: patterns,
        regions: patterns,
        clusters: patterns,
      })
      .refine(({ key, sha256 }) => (key === undefined) !== (sha256 === undefined), 'must have one of key and sha256'),
  )
  .min(1, 'holds no key')
  .max(10_000);

/**
 * Reads the text of a keys file.
 * @throws Error with the faults and their places, never with a value: the values are secrets
 */
export function parseKeys(text: string): ApiKey[] {
  const json = parseJson(text);
  if (json === undefined) throw new Error('it is not JSON');
  const parsed = keys.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.') || 'the list'} ${message}`);
    throw new Error(faults.join('; '));
  }
  return parsed.data.map(({ name, key, sha256, accounts, regions, clusters }) => ({
    name,
    digest: sha256 === undefined ? digestOf(key as string) : Buffer.from(sha256, 'hex'),
    accounts,
    regions,
    clusters,
  }));
}

/** @param authorization the header: the key as it is (CloudZero's agents) or behind `Bearer` (its validator) */
export function findKey(list: readonly ApiKey[], authorization: string): ApiKey | undefined {
  return findSecret(list, bearerOf(authorization) ?? authorization);
}

export function mayTouch(key: ApiKey, { account, region, cluster }: ClusterIdentity): boolean {
  const fits = (list: RegExp[], value: string) => list.some((pattern) => pattern.test(value));
  return fits(key.accounts, account) && fits(key.regions, region) && fits(key.clusters, cluster);
}
