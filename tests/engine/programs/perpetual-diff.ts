import * as aws from '@pulumi/aws';
import { awsProvider } from './platform.ts';

/** A tag that the provider's default tags set already. */
new aws.s3.Bucket('lake', { tags: { project: 'platform' } }, { provider: awsProvider() });
