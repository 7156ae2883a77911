import * as aws from '@pulumi/aws';
import { awsProvider } from './platform.ts';

/** The key exists only once the bucket's ARN is known: no preview shows it. */
const provider = awsProvider();
const bucket = new aws.s3.Bucket('lake', {}, { provider });
bucket.arn.apply((arn) => new aws.kms.Key('hidden', { description: arn }, { provider }));
