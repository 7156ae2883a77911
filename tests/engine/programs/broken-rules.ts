import * as aws from '@pulumi/aws';
import * as dockerBuild from '@pulumi/docker-build';
import * as k8s from '@pulumi/kubernetes';
import { awsProvider, trust } from './platform.ts';

/** One resource for each rule of the policy pack, named after the rule that it breaks. */
const provider = awsProvider();
const kubernetes = new k8s.Provider('main', { kubeconfig: '' });

new dockerBuild.Image('explicit-provider', { push: false, buildArgs: { BASE: `base@sha256:${'0'.repeat(64)}` } });

const role = new aws.iam.Role('role', { assumeRolePolicy: trust('ec2.amazonaws.com') }, { provider });
new aws.iam.RolePolicy('iam-exact', { role: role.name, policy: allow('s3:GetObject', 'arn:aws:s3:::*') }, { provider });
new aws.iam.RolePolicyAttachment(
  'iam-managed-listed',
  { role: role.name, policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
  { provider },
);

const group = new aws.ec2.SecurityGroup('group', { description: 'of nobody' }, { provider });
new aws.vpc.SecurityGroupIngressRule(
  'nothing-public',
  { securityGroupId: group.id, cidrIpv4: '0.0.0.0/0', ipProtocol: 'tcp', fromPort: 22, toPort: 22 },
  { provider },
);

new aws.s3.Bucket('buckets-closed', {}, { provider });
new aws.kms.Key('encrypted', {}, { provider });
const secret = new aws.secretsmanager.Secret('secret', {}, { provider });
new aws.secretsmanager.SecretVersion('no-secret-values', { secretId: secret.id, secretString: 'x' }, { provider });
new aws.ec2.LaunchTemplate('metadata-guarded', { metadataOptions: { httpTokens: 'optional', httpPutResponseHopLimit: 1 } }, { provider });
new aws.cloudwatch.LogGroup('logs-kept', {}, { provider });
new k8s.helm.v3.Release('versions-pinned', { chart: 'some-chart' }, { provider: kubernetes });

pod('images-by-digest', { image: 'nginx:latest' });
pod('limits-set', { resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1' } } });
pod('pods-restricted', {
  securityContext: { allowPrivilegeEscalation: true, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
});

/** A pod without a fault, but for what `broken` says. */
function pod(name: string, broken: Partial<k8s.types.input.core.v1.Container>): void {
  const size = { cpu: '100m', memory: '64Mi' };
  const container = {
    name: 'main',
    image: `image@sha256:${'0'.repeat(64)}`,
    resources: { requests: size, limits: size },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ...broken,
  };
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  new k8s.core.v1.Pod(
    name,
    { metadata: { name, namespace: 'default' }, spec: { securityContext, containers: [container] } },
    { provider: kubernetes },
  );
}

function allow(Action: string, Resource: string): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: 'Planted', Effect: 'Allow', Action, Resource }] });
}
