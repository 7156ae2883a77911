import * as aws from '@pulumi/aws';
import { PROJECT } from './names.ts';
import type { BootstrapSettings } from './settings-schema.ts';

/** The only way to AWS: credentials of another account are refused before anything is done. */
export function bootstrapProvider({ aws: { accountId, region } }: BootstrapSettings): aws.Provider {
  const tags = { 'tallyship:project': PROJECT, 'tallyship:part': 'bootstrap', 'managed-by': 'pulumi' };
  return new aws.Provider('aws', { region: region as aws.Region, allowedAccountIds: [accountId], defaultTags: { tags } });
}
