import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { choosePrice, type PriceTable } from '@tallyship/cost/price-table';
import { parse } from 'yaml';
import { meteringSecrets } from '../../infra/secrets/metering-secrets.ts';
import { parseStackSettings } from '../../infra/settings/parse.ts';
import type { StackSettings } from '../../infra/settings/stack.ts';
import { markdownTable } from './markdown-table.ts';

const HOURS_PER_MONTH = 730;
/** The newest price of each kind, whatever the date: the page must not change by itself. */
const NEWEST_MS = Date.UTC(2100, 0);
const STACKS = ['dev', 'prod'] as const;

/** List prices of us-east-1 that the price table has no kind for, because no cost of a workload needs them. */
const PLATFORM_PRICES = {
  cluster: { usd: 0.1 * HOURS_PER_MONTH, source: 'Amazon EKS pricing, standard support, 0.10 USD an hour' },
  address: { usd: 0.005 * HOURS_PER_MONTH, source: 'Amazon VPC pricing, public IPv4 address, 0.005 USD an hour' },
  endpoint: { usd: 0.01 * HOURS_PER_MONTH, source: 'AWS PrivateLink pricing, 0.01 USD an hour and zone' },
  key: { usd: 1, source: 'AWS KMS pricing, a customer key' },
  secret: { usd: 0.4, source: 'AWS Secrets Manager pricing, a secret' },
} as const;

const INTRO = `<!-- Made by \`npm run docs\` from Pulumi.<stack>.yaml and the price table; a change by hand is lost. -->
# What a stack costs a month

List prices of us-east-1 for ${HOURS_PER_MONTH} hours, without taxes and discounts, for the stacks as they stand in \`Pulumi.<stack>.yaml\`. Spot nodes are counted at their
on-demand price, since the price table has no spot prices: expect less. Not in it, because they follow use: bytes through NAT gateways and endpoints, requests and
storage of S3, logs of CloudWatch, calls of KMS, images in ECR.
`;

type Line = { what: string; count: number; usdEach: number; source: string };

/** docs/stack-costs.md: the lines that a stack's bill has whether anybody uses it or not. @throws Error for an instance type without a price */
export function stackCostsPage(root: string, prices: PriceTable): string {
  const sections = STACKS.map((stack) => {
    const lines = linesOf(readStack(root, stack), prices);
    const total = lines.reduce((sum, { count, usdEach }) => sum + count * usdEach, 0);
    const rows = lines.map(({ what, count, usdEach, source }) => [what, String(count), usd(usdEach), usd(count * usdEach), source]);
    const table = markdownTable(
      ['what', 'count', 'USD each', 'USD a month', 'source'],
      [...rows, ['**all**', '', '', `**${usd(total)}**`, '']],
    );
    return `## ${stack}\n\n${table}\n`;
  });
  return [INTRO, ...sections].join('\n');
}

function readStack(root: string, stack: string): StackSettings {
  const { config } = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), 'utf8')) as { config: Record<string, unknown> };
  return parseStackSettings(Object.fromEntries(Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)])));
}

function linesOf({ network, cluster, metering, images, lake, aws }: StackSettings, prices: PriceTable): Line[] {
  const lines: Line[] = [];
  const add = (what: string, count: number, { usd, source }: { usd: number; source: string }) => {
    if (count > 0) lines.push({ what, count, usdEach: usd, source });
  };
  const priceOf = (kind: 'instance' | 'volume' | 'nat-gateway', type: string, purchase: string, unitsPerMonth: number) => {
    const price = choosePrice(prices, { kind, type, region: aws.region, purchase }, NEWEST_MS);
    if (!price) throw new Error(`the price table has no ${kind} ${type} in ${aws.region}`);
    return { usd: price.usd * unitsPerMonth, source: price.source };
  };
  if (cluster.mode === 'own') {
    add('EKS control plane', 1, PLATFORM_PRICES.cluster);
    for (const [name, { instanceTypes, desired, diskGib, capacity }] of Object.entries(cluster.nodeGroups)) {
      const type = instanceTypes[0] as string;
      const note = capacity === 'spot' ? ' (spot, at the on-demand price)' : '';
      add(`node of \`${name}\`: ${type}${note}`, desired, priceOf('instance', type, 'on-demand', HOURS_PER_MONTH));
      add(`disk of a node of \`${name}\`: ${diskGib} GiB gp3`, desired, priceOf('volume', 'gp3', '', diskGib));
    }
  }
  if (network?.mode === 'own') {
    const gateways = network.nat === 'single' ? 1 : network.zones.length;
    add('NAT gateway', gateways, priceOf('nat-gateway', 'standard', '', HOURS_PER_MONTH));
    add('address of a NAT gateway', gateways, PLATFORM_PRICES.address);
    add(
      'interface endpoint in a zone',
      network.endpoints.filter((service) => service !== 's3').length * network.zones.length,
      PLATFORM_PRICES.endpoint,
    );
  }
  const { replicas, volumeGib } = metering.collector;
  add(`volume of a collector: ${volumeGib} GiB gp3`, replicas, priceOf('volume', 'gp3', '', volumeGib));
  add('KMS key', (cluster.mode === 'own' ? 1 : 0) + (lake.mode === 'own' ? (lake.replica ? 2 : 1) : 0), PLATFORM_PRICES.key);
  add('secret', meteringSecrets({ metering, images }).length, PLATFORM_PRICES.secret);
  return lines;
}

function usd(amount: number): string {
  return amount.toFixed(2);
}
