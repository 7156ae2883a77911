import * as aws from '@pulumi/aws';
import { awsProvider, trust } from './platform.ts';

/** Two roles that AWS would know by one name. */
const provider = awsProvider();
const first = new aws.iam.Role('reader', { name: 'lake-access', assumeRolePolicy: trust('ec2.amazonaws.com') }, { provider });
new aws.iam.Role('writer', { name: 'lake-access', assumeRolePolicy: trust('ec2.amazonaws.com') }, { provider, dependsOn: [first] });
