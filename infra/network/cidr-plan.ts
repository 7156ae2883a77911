/** Blocks of each tier, one a zone, in the order of the zones. */
export type CidrPlan = { private: string[]; public: string[]; isolated: string[] };

/** The VPC is always cut into as many parts, so that a zone that is added later moves no subnet. */
const ZONE_SLOTS = 4;

/**
 * Cuts a VPC into subnets: a quarter for each zone, of which half is private (nodes and pods), a quarter public (load balancers,
 * NAT gateways), an eighth isolated (no way out), and an eighth stays free.
 * @param vpcCidr `a.b.c.d/p` with p from 16 to 20, d to a the first address of the block
 * @throws RangeError for more zones than slots
 */
export function cidrPlan(vpcCidr: string, zoneCount: number): CidrPlan {
  if (zoneCount > ZONE_SLOTS) throw new RangeError(`${zoneCount} zones, at most ${ZONE_SLOTS} fit the plan`);
  const { base, prefix } = parseBlock(vpcCidr);
  const zonePrefix = prefix + Math.log2(ZONE_SLOTS);
  const zoneBases = Array.from({ length: zoneCount }, (_, zone) => base + zone * sizeOf(zonePrefix));
  const tier = (offset: number, tierPrefix: number) => zoneBases.map((zoneBase) => blockText(zoneBase + offset, tierPrefix));
  const half = sizeOf(zonePrefix + 1);
  return {
    private: tier(0, zonePrefix + 1),
    public: tier(half, zonePrefix + 2),
    isolated: tier(half + half / 2, zonePrefix + 3),
  };
}

const sizeOf = (prefix: number) => 2 ** (32 - prefix);

function parseBlock(block: string): { base: number; prefix: number } {
  const [address, prefix] = block.split('/') as [string, string];
  return { base: address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0), prefix: Number(prefix) };
}

function blockText(base: number, prefix: number): string {
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${parts.join('.')}/${prefix}`;
}
