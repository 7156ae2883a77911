import type { Statement } from '../../infra/policy-document.ts';
import { arnIn, SCOPE_TAGS, type Scope, taggedAsStack, taggingAsStack } from './scope.ts';

/** What the network is made of, by the name that ARNs have for it, with the call that makes it. */
const MADE = {
  vpc: 'CreateVpc',
  subnet: 'CreateSubnet',
  'route-table': 'CreateRouteTable',
  'internet-gateway': 'CreateInternetGateway',
  natgateway: 'CreateNatGateway',
  'elastic-ip': 'AllocateAddress',
  'security-group': 'CreateSecurityGroup',
  'security-group-rule': 'AuthorizeSecurityGroupIngress',
  'vpc-endpoint': 'CreateVpcEndpoint',
  'vpc-flow-log': 'CreateFlowLogs',
  'launch-template': 'CreateLaunchTemplate',
} as const;
const TYPES = Object.keys(MADE);
const CREATES = Object.values(MADE);

/** Calls on what is there, the parents of what is made among them. */
const ON_OWN = [
  'CreateSubnet CreateRouteTable CreateNatGateway CreateSecurityGroup CreateVpcEndpoint CreateFlowLogs',
  'ModifyVpcAttribute DeleteVpc ModifySubnetAttribute DeleteSubnet',
  'AttachInternetGateway DetachInternetGateway DeleteInternetGateway',
  'CreateRoute ReplaceRoute DeleteRoute AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation DeleteRouteTable',
  'DeleteNatGateway DisassociateAddress ReleaseAddress',
  'AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress',
  'ModifySecurityGroupRules DeleteSecurityGroup ModifyVpcEndpoint DeleteVpcEndpoints DeleteFlowLogs',
  'CreateLaunchTemplateVersion ModifyLaunchTemplate DeleteLaunchTemplate',
].flatMap((line) => line.split(' '));

/** Network and launch templates of the stack: known by their tag, since their ids are not. */
export function networkWrites(scope: Scope): Statement[] {
  const ec2 = (types: readonly string[]) => types.map((type) => arnIn(scope, 'ec2', `${type}/*`));
  const calls = (names: readonly string[]) => names.map((name) => `ec2:${name}`);
  const allow = (Sid: string, actions: readonly string[], types: readonly string[], Condition: Statement['Condition']): Statement => ({
    Sid,
    Effect: 'Allow',
    Action: calls(actions),
    Resource: ec2(types),
    ...(Condition && { Condition }),
  });
  return [
    allow('MakeTagged', CREATES, TYPES, taggingAsStack(scope)),
    allow('ChangeOwn', ON_OWN, TYPES, taggedAsStack(scope)),
    allow('TagWhatIsMade', ['CreateTags'], [...TYPES, ...NODE_PARTS], {
      StringEquals: { 'ec2:CreateAction': [...CREATES, 'RunInstances'] },
    }),
    allow('TagOwn', ['CreateTags', 'DeleteTags'], TYPES, {
      ...taggedAsStack(scope),
      // Whose it is stays as it is.
      'ForAllValues:StringNotEquals': { 'aws:TagKeys': SCOPE_TAGS },
    }),
    ...nodeWrites(scope),
  ];
}

const NODE_PARTS = ['instance', 'volume', 'network-interface'];

/** EKS asks whether the one who makes a node group may start what its template says: templates of the stack, and nothing without one. */
function nodeWrites(scope: Scope): Statement[] {
  const places = [...NODE_PARTS, 'subnet', 'security-group'].map((type) => arnIn(scope, 'ec2', `${type}/*`));
  const image = `arn:aws:ec2:${scope.region}::image/*`;
  return [
    {
      Sid: 'RunOwnTemplates',
      Effect: 'Allow',
      Action: 'ec2:RunInstances',
      Resource: arnIn(scope, 'ec2', 'launch-template/*'),
      Condition: taggedAsStack(scope),
    },
    {
      Sid: 'RunFromTemplates',
      Effect: 'Allow',
      Action: 'ec2:RunInstances',
      Resource: [...places, image],
      Condition: { ArnLike: { 'ec2:LaunchTemplate': arnIn(scope, 'ec2', 'launch-template/*') } },
    },
  ];
}
