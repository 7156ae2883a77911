import * as aws from '@pulumi/aws';
import type { ComponentResourceOptions, Input } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import { policyDocument, policyJson, serviceTrust } from '../policy-document.ts';

export type FlowLogsArgs = { vpcId: Input<string>; accountId: string; days: number };

/** Who talked to whom in the VPC, kept for some days in CloudWatch Logs. */
export class FlowLogs extends Component {
  constructor(name: string, { vpcId, accountId, days }: FlowLogsArgs, options: ComponentResourceOptions) {
    super('network:FlowLogs', name, options);
    const group = new aws.cloudwatch.LogGroup(name, { retentionInDays: days }, this.child());
    const role = new aws.iam.Role(
      name,
      { assumeRolePolicy: JSON.stringify(serviceTrust('vpc-flow-logs.amazonaws.com', accountId)) },
      this.child(),
    );
    const write = new aws.iam.RolePolicy(
      name,
      { role: role.name, policy: policyJson({ group: group.arn }, (known) => flowLogPolicy(known.group)) },
      this.child(),
    );
    new aws.ec2.FlowLog(
      name,
      { vpcId, trafficType: 'ALL', logDestination: group.arn, iamRoleArn: role.arn, maxAggregationInterval: 600 },
      this.child({ dependsOn: [write] }),
    );
    this.registerOutputs();
  }
}

/** Streams of one group, and nothing else. */
export function flowLogPolicy(groupArn: string) {
  return policyDocument({
    Sid: 'WriteOneGroup',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
    Resource: `${groupArn}:*`,
  });
}
