/** Which cluster a sample belongs to. Every lake file holds exactly one identity. */
export type ClusterIdentity = { account: string; region: string; cluster: string };

/** What a laptop uses when neither the request nor the settings name a cluster. */
export const LOCAL_IDENTITY: ClusterIdentity = { account: '000000000000', region: 'local', cluster: 'local' };

const RULES = {
  account: { pattern: /^[0-9]{12}$/, form: '12 digits' },
  region: { pattern: /^[a-z][a-z0-9-]{1,30}$/, form: 'a region code such as us-east-1' },
  cluster: { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, form: '1 to 100 of A-Z a-z 0-9 . _ -' },
} as const satisfies Record<keyof ClusterIdentity, { pattern: RegExp; form: string }>;

/**
 * The parts become folder names of the lake, so anything that could leave its folder is refused here.
 * @returns the faults, one line each; empty when the identity is usable
 */
export function identityFaults(identity: ClusterIdentity): string[] {
  return (Object.keys(RULES) as (keyof ClusterIdentity)[])
    .filter((part) => !RULES[part].pattern.test(identity[part]))
    .map((part) => `${part} ${JSON.stringify(identity[part].slice(0, 120))} is not ${RULES[part].form}`);
}
