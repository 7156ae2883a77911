import { type PolicyDocument, policyDocument, type Statement } from '../policy-document.ts';

/** A service account of a cluster. */
export type ServiceAccount = { namespace: string; serviceAccount: string };

/**
 * Lets EKS Pod Identity hand a role to one service account of one cluster. The association says so too, but whoever may make associations
 * could otherwise hand the role to any pod.
 */
export function podIdentityTrust(clusterArn: string, { namespace, serviceAccount }: ServiceAccount): PolicyDocument {
  return policyDocument({
    Sid: 'Pods',
    Effect: 'Allow',
    Principal: { Service: 'pods.eks.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: {
      StringEquals: {
        'aws:RequestTag/eks-cluster-arn': clusterArn,
        'aws:RequestTag/kubernetes-namespace': namespace,
        'aws:RequestTag/kubernetes-service-account': serviceAccount,
      },
    },
  });
}

/**
 * Lets one service account take a role through the cluster's OIDC provider (IRSA).
 * @param issuer with or without `https://`: the condition keys have none
 */
export function irsaTrust(accountId: string, issuer: string, { namespace, serviceAccount }: ServiceAccount): PolicyDocument {
  const host = issuerHost(issuer);
  return policyDocument({
    Sid: 'ServiceAccount',
    Effect: 'Allow',
    Principal: { Federated: oidcProviderArn(accountId, issuer) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { [`${host}:sub`]: `system:serviceaccount:${namespace}:${serviceAccount}`, [`${host}:aud`]: 'sts.amazonaws.com' },
    },
  });
}

export const oidcProviderArn = (accountId: string, issuer: string) => `arn:aws:iam::${accountId}:oidc-provider/${issuerHost(issuer)}`;

const issuerHost = (issuer: string) => issuer.replace(/^https:\/\//, '');

/** Tables that shippers write. A table that is not here cannot be uploaded to. */
const SHIPPED_TABLES = ['samples', 'usage', 'histograms', 'exemplars', 'shipments', 'cloudzero'] as const;
const REPLAY_ORDERS = 'control/v1/replay';

/**
 * What the upload API does with the lake: it signs uploads of the shippers' tables, verifies and reads what is there, and keeps replay
 * orders. It deletes nothing but those.
 */
export function uploadApiPolicy({ bucketArn, kmsKeyArn }: { bucketArn: string; kmsKeyArn?: string }): PolicyDocument {
  const tables = SHIPPED_TABLES.map((table) => `${bucketArn}/${table}/v1/*`);
  const orders = `${bucketArn}/${REPLAY_ORDERS}/*`;
  return policyDocument(
    { Sid: 'ReadAndWriteTables', Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: [...tables, orders] },
    { Sid: 'EndReplayOrders', Effect: 'Allow', Action: 's3:DeleteObject', Resource: orders },
    // Without it a missing object is answered as forbidden.
    { Sid: 'ListLake', Effect: 'Allow', Action: 's3:ListBucket', Resource: bucketArn },
    ...(kmsKeyArn === undefined ? [] : [useKey(kmsKeyArn)]),
  );
}

/** Tables that the console reads. */
const READ_TABLES = ['samples', 'usage', 'shipments'] as const;

/** What the console does with the lake: it lists and reads tables. */
export function consolePolicy({ bucketArn, kmsKeyArn }: { bucketArn: string; kmsKeyArn?: string }): PolicyDocument {
  const prefixes = READ_TABLES.map((table) => `${table}/*`);
  return policyDocument(
    { Sid: 'ReadTables', Effect: 'Allow', Action: 's3:GetObject', Resource: prefixes.map((prefix) => `${bucketArn}/${prefix}`) },
    {
      Sid: 'ListTables',
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: bucketArn,
      Condition: { StringLike: { 's3:prefix': prefixes } },
    },
    ...(kmsKeyArn === undefined ? [] : [{ Sid: 'DecryptLake', Effect: 'Allow', Action: 'kms:Decrypt', Resource: kmsKeyArn } as const]),
  );
}

const useKey = (kmsKeyArn: string): Statement => ({
  Sid: 'EncryptLake',
  Effect: 'Allow',
  Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
  Resource: kmsKeyArn,
});

/** The same rights as the statements of a bucket's policy: a bucket of another account must agree to them. */
export function bucketGrant({ Statement: statements }: PolicyDocument, roleArn: string): Statement[] {
  const onBucket = statements.filter(({ Action }) => [Action].flat().every((action) => action.startsWith('s3:')));
  return onBucket.map((statement) => ({ ...statement, Sid: `Tallyship${statement.Sid}`, Principal: { AWS: roleArn } }));
}

/**
 * What a policy allows, for a role that may not exist yet: a policy that named it would be refused then, so its account is named, and the
 * role by a condition.
 * @param name makes the ids of the statements unlike those of other roles
 */
export function grantsAhead(
  { Statement: statements }: PolicyDocument,
  roleArn: string,
  name: string,
): { bucket: Statement[]; key: Statement[] } {
  const prefix = name.replace(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
  const granted = statements.map((statement) => ({
    ...statement,
    Sid: prefix + statement.Sid,
    Principal: { AWS: `arn:aws:iam::${roleArn.split(':')[4]}:root` },
    Condition: { ...statement.Condition, ArnEquals: { 'aws:PrincipalArn': roleArn } },
  }));
  const isOfKey = ({ Action }: Statement) => [Action].flat().every((action) => action.startsWith('kms:'));
  return {
    bucket: granted.filter((statement) => !isOfKey(statement)),
    key: granted.filter(isOfKey).map((one) => ({ ...one, Resource: '*' })),
  };
}

/** Values of the listed secrets, and nothing else. */
export function secretReaderPolicy(secretArns: string[]): PolicyDocument {
  return policyDocument({
    Sid: 'ReadListedSecrets',
    Effect: 'Allow',
    Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
    Resource: secretArns,
  });
}

/** Lets a role go on to one role of another account. */
export function chainPolicy(roleArn: string): PolicyDocument {
  return policyDocument({ Sid: 'GoOn', Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: roleArn });
}
