import * as aws from '@pulumi/aws';
import type { ComponentResourceOptions, Output } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import type { StackNames } from '../names.ts';

export type StoreSecretsArgs = { names: StackNames; secrets: readonly string[]; recoveryWindowDays: number };

/**
 * Secrets without values: `npm run secret:set` writes those, past Pulumi and its state. The names are fixed, since that command and the
 * people who use it must know them; the recovery window says how long a destroyed stack holds them.
 */
export class StoreSecrets extends Component {
  readonly arns: Output<string>[];

  constructor(name: string, { names, secrets, recoveryWindowDays }: StoreSecretsArgs, options: ComponentResourceOptions) {
    super('secrets:StoreSecrets', name, options);
    this.arns = secrets.map((secret) => {
      const description = `Set by: npm run secret:set -- ${names.stack} ${secret}`;
      const made = new aws.secretsmanager.Secret(
        secret,
        { name: names.secret(secret), description, recoveryWindowInDays: recoveryWindowDays },
        this.child(),
      );
      return made.arn;
    });
    this.registerOutputs();
  }
}
