import { allowing, listOf, policiesOf } from './iam.ts';
import { at, isTrue, isUnknown, isValues, listAt, type PolicyResource, type Rule, type Values } from './resource.ts';

/** By type: what lets anybody in. */
const OPEN: Record<string, (inputs: Values) => string[]> = {
  'aws:ec2/securityGroup:SecurityGroup': (inputs) =>
    listAt(inputs, 'ingress').flatMap((rule) => anybodyIn([...listAt(rule, 'cidrBlocks'), ...listAt(rule, 'ipv6CidrBlocks')])),
  'aws:ec2/securityGroupRule:SecurityGroupRule': (inputs) =>
    inputs.type === 'ingress' ? anybodyIn([...listAt(inputs, 'cidrBlocks'), ...listAt(inputs, 'ipv6CidrBlocks')]) : [],
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': ({ cidrIpv4, cidrIpv6 }) => anybodyIn([cidrIpv4, cidrIpv6]),
  'aws:eks/cluster:Cluster': ({ vpcConfig }) => openEndpoint(vpcConfig),
  'aws:lb/loadBalancer:LoadBalancer': ({ internal }) => (isTrue(internal) ? [] : ['the load balancer faces the internet']),
  'aws:s3/bucketAcl:BucketAcl': ({ acl }) => (String(acl).startsWith('public') ? [`the ACL ${acl} is public`] : []),
  'kubernetes:core/v1:Service': openService,
  'kubernetes:networking.k8s.io/v1:Ingress': (inputs) =>
    annotationsOf(inputs)['alb.ingress.kubernetes.io/scheme'] === 'internet-facing' ? ['the Ingress faces the internet'] : [],
};

export const nothingPublic: Rule = {
  name: 'nothing-public',
  demands: 'Nobody but those who are named reaches a port, a bucket, a key or a role.',
  of: 'resource',
  check: (resource) => [...(OPEN[resource.type]?.(resource.inputs) ?? []), ...openPolicies(resource)],
};

const anybodyIn = (blocks: unknown[]) =>
  blocks.filter((block) => typeof block === 'string' && block.endsWith('/0')).map((block) => `lets in ${block}`);

/** EKS opens the endpoint to everybody where nothing is said. */
function openEndpoint(config: unknown): string[] {
  const isPublic = at(config, 'endpointPublicAccess');
  if (isPublic === false || isUnknown(isPublic)) return [];
  const blocks = at(config, 'publicAccessCidrs');
  if (isUnknown(blocks)) return [];
  const named = listAt(config, 'publicAccessCidrs');
  return named.length === 0 ? ['the endpoint is public, and nothing says for whom'] : anybodyIn(named);
}

const INTERNAL = ['service.beta.kubernetes.io/aws-load-balancer-scheme', 'service.beta.kubernetes.io/aws-load-balancer-internal'];

function openService(inputs: Values): string[] {
  if (at(inputs, 'spec.type') !== 'LoadBalancer') return [];
  const annotations = annotationsOf(inputs);
  const isInternal = INTERNAL.some((key) => annotations[key] === 'internal' || isTrue(annotations[key]));
  return isInternal ? [] : ['the load balancer of the Service faces the internet'];
}

function annotationsOf(inputs: Values): Values {
  const annotations = at(inputs, 'metadata.annotations');
  return isValues(annotations) ? annotations : {};
}

function openPolicies(resource: PolicyResource): string[] {
  return policiesOf(resource)
    .flatMap(allowing)
    .flatMap((statement) => [...openPrincipal(statement), ...openFederation(statement)]);
}

function openPrincipal({ Sid, Principal: principal, Condition }: Values): string[] {
  const named = isValues(principal) ? Object.values(principal).flatMap(listOf) : [principal];
  return named.includes('*') && Condition === undefined ? [`statement ${Sid ?? ''} lets everybody in`] : [];
}

/** The issuer of a cluster or of a CI speaks for all that run there: the subject says which of them. */
function openFederation({ Sid, Action, Condition }: Values): string[] {
  if (!listOf(Action).includes('sts:AssumeRoleWithWebIdentity')) return [];
  const keys = isValues(Condition) ? Object.values(Condition).flatMap((operator) => (isValues(operator) ? Object.keys(operator) : [])) : [];
  return keys.some((key) => key.endsWith(':sub')) ? [] : [`statement ${Sid ?? ''} lets in everybody whom the issuer knows`];
}
