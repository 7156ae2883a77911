import { stackNames } from '../../infra/names.ts';

export type SecretValue = { stack: string; name: string; region: string; value: string };

/**
 * Arguments of the AWS CLI that write a secret; the value follows on its standard input.
 * @throws Error for an empty value, which would lock out whoever has the old one
 */
export function putSecretArgs({ stack, name, region, value }: SecretValue): string[] {
  if (value.trim() === '') throw new Error(`the value of ${name} is empty; nothing was written`);
  const secretId = stackNames({ project: 'tallyship', stack }).secret(name);
  return ['secretsmanager', 'put-secret-value', '--region', region, '--secret-id', secretId, '--secret-string', 'file:///dev/stdin'];
}
