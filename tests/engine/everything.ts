import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { openPulumiStack, type PulumiStack } from '../support/engine/pulumi-stack.ts';
import { newSimulation } from '../support/engine/simulation.ts';

const ROOT = join(import.meta.dirname, '../..');
const IMAGE = (name: string) => `example.com/tallyship/${name}@sha256:${'1'.repeat(64)}`;

/** Roles of a cluster in another account whose stack uses this one's lake. */
export const SHOP = {
  uploadApiRoleArn: 'arn:aws:iam::444455556666:role/tallyship-shop-tallyship-upload-api',
  consoleRoleArn: 'arn:aws:iam::444455556666:role/tallyship-shop-tallyship-console',
};

/** What no stack of the repository asks for, all of it at once. */
const OPTIONS = {
  'tallyship:retainsData': true,
  'tallyship:images': {
    mode: 'prebuilt',
    hasPullSecret: true,
    collector: IMAGE('collector'),
    shipper: IMAGE('shipper'),
    uploadApi: IMAGE('upload-api'),
    console: IMAGE('console'),
  },
  'tallyship:lake': { mode: 'own', hasDataEvents: true, replica: { region: 'us-west-2' }, clusters: { shop: SHOP } },
  'tallyship:metering': {
    hasIngestTokens: true,
    sendsToCloudzero: true,
    tls: { mode: 'secretsManager', caCertificate: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
    uploadApi: { exposure: { mode: 'internal', callerCidrs: ['10.8.0.0/13'] } },
  },
};

/** The stack `dev` with every option. */
export function openWithEverything(): Promise<PulumiStack> {
  const { config } = parse(readFileSync(join(ROOT, 'Pulumi.dev.yaml'), 'utf8')) as { config: Record<string, unknown> };
  return openPulumiStack({ program: ROOT, stack: 'everything', simulation: newSimulation(), settings: { ...config, ...OPTIONS } });
}
