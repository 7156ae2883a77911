import * as aws from '@pulumi/aws';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { ingress, loadBalancerController, platform } from './platform.ts';

/** A small platform without a fault: what the programs beside it break, one thing each. */
const { provider, kubernetes, nodes } = platform();
const controller = loadBalancerController(kubernetes, [nodes]);
ingress(kubernetes, [controller]);
const bucket = new aws.s3.Bucket('lake', { forceDestroy: true }, { provider });
new k8s.core.v1.Secret(
  'token',
  { metadata: { namespace: 'default' }, stringData: { token: new pulumi.Config().requireSecret('token') } },
  { provider: kubernetes, dependsOn: [nodes] },
);

export const bucketName = bucket.bucket;
