import { all, type Input, type Output } from '@pulumi/pulumi';

type Condition = Record<string, Record<string, string | string[]>>;
export type Statement = {
  Sid: string;
  Effect: 'Allow' | 'Deny';
  Principal?: '*' | Record<string, string | string[]>;
  Action: string | string[];
  Resource?: string | string[];
  Condition?: Condition;
};
export type PolicyDocument = { Version: '2012-10-17'; Statement: Statement[] };

export const policyDocument = (...statements: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement: statements });

/** Lets an AWS service take a role. Services that act for many accounts are held to this one (`sourceAccount`). */
export function serviceTrust(service: string, sourceAccount?: string): PolicyDocument {
  return policyDocument({
    Sid: 'Service',
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sts:AssumeRole',
    ...(sourceAccount !== undefined && { Condition: { StringEquals: { 'aws:SourceAccount': sourceAccount } } }),
  });
}

/** The JSON of a policy whose ARNs are known later; the document itself stays a pure function of plain text. */
export function policyJson<T extends Record<string, Input<string>>>(
  arns: T,
  document: (known: { [K in keyof T]: string }) => PolicyDocument,
): Output<string> {
  return all(arns).apply((known) => JSON.stringify(document(known as { [K in keyof T]: string })));
}
