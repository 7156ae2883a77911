import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { awsProvider } from './platform.ts';

/** A secret setting that is read as plain text, next to one that stays secret. */
const provider = awsProvider();
const config = new pulumi.Config();
const secret = new aws.secretsmanager.Secret('token', { recoveryWindowInDays: 0 }, { provider });
new aws.secretsmanager.SecretVersion('kept', { secretId: secret.id, secretString: config.requireSecret('token') }, { provider });
new aws.s3.Bucket('lake', { tags: { token: config.require('token') } }, { provider });
