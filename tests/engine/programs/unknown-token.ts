import * as aws from '@pulumi/aws';
import { awsProvider } from './platform.ts';

/** A resource type that no table has. */
new aws.dynamodb.Table(
  't',
  { attributes: [{ name: 'id', type: 'S' }], hashKey: 'id', billingMode: 'PAY_PER_REQUEST' },
  { provider: awsProvider() },
);
