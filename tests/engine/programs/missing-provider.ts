import * as aws from '@pulumi/aws';
import { awsProvider } from './platform.ts';

/** The second bucket would go wherever the credentials of the day point. */
new aws.s3.Bucket('lake', {}, { provider: awsProvider() });
new aws.s3.Bucket('logs');
