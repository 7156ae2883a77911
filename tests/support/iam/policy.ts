/** A policy as IAM takes it. Lists of one may stand as the one. */
export type Policy = { Version: string; Statement: Statement | Statement[] };
export type Statement = {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Principal?: Principal;
  NotPrincipal?: Principal;
  Action?: OneOrMore;
  NotAction?: OneOrMore;
  Resource?: OneOrMore;
  NotResource?: OneOrMore;
  Condition?: Record<string, Record<string, OneOrMore>>;
};
export type OneOrMore = string | string[];
export type Principal = '*' | Record<string, OneOrMore>;

/** Who asks for what, with the keys that conditions may look at. A key with several values is a list. */
export type Request = {
  /** The caller's ARN: a role, `arn:aws:iam::…:role/…`, or a service, `ec2.amazonaws.com`. */
  principal: string;
  action: string;
  resource: string;
  /** Names are compared without case: `aws:SourceIp`, `s3:prefix`. */
  context?: Record<string, OneOrMore> | undefined;
};

export function statementsOf(policy: Policy): Statement[] {
  return [policy.Statement].flat();
}

export function listOf(value: OneOrMore | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}
