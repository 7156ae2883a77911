import * as aws from '@pulumi/aws';
import type { ComponentResourceOptions, Output } from '@pulumi/pulumi';
import { Component } from '../infra/component.ts';
import { lakeBucketPolicy } from '../infra/lake/bucket-policy.ts';
import { SafeBucket } from '../infra/lake/safe-bucket.ts';
import { policyJson } from '../infra/policy-document.ts';
import type { BootstrapNames } from './names.ts';

export type StateStoreArgs = { names: BootstrapNames; isProtected: boolean };

const OLD_VERSION_DAYS = 90;
const KEY_WINDOW_DAYS = 30;

/** Where the state of the stacks is, and the key of the secrets in it. */
export class StateStore extends Component {
  readonly bucketArn: Output<string>;
  readonly stateKeyArn: Output<string>;
  readonly secretsKeyArn: Output<string>;

  constructor(name: string, { names, isProtected }: StateStoreArgs, options: ComponentResourceOptions) {
    super('bootstrap:StateStore', name, options);
    const secretsKey = this.#key('secrets', 'Secrets in the state of the stacks', names.secretsAlias, isProtected);
    const stateKey = this.#key('state', 'State of the stacks', names.stateAlias, isProtected);
    const bucket = new SafeBucket(
      name,
      {
        bucketName: names.bucket,
        kmsKeyArn: stateKey.arn,
        policy: (arn) => policyJson({ arn, key: stateKey.arn }, (known) => lakeBucketPolicy(known.arn, known.key)),
        isProtected,
        isRetained: false,
        refusesWhileFull: true,
        oldVersionDays: OLD_VERSION_DAYS,
        rules: [],
      },
      // While a state is there, neither key may go: nothing else could read it.
      this.child({ dependsOn: [secretsKey, stateKey] }),
    );
    this.bucketArn = bucket.arn;
    this.stateKeyArn = stateKey.arn;
    this.secretsKeyArn = secretsKey.arn;
    this.registerOutputs();
  }

  #key(name: string, description: string, alias: string, protect: boolean): aws.kms.Key {
    const key = new aws.kms.Key(
      name,
      { description, enableKeyRotation: true, deletionWindowInDays: KEY_WINDOW_DAYS },
      this.child({ protect }),
    );
    new aws.kms.Alias(name, { name: alias, targetKeyId: key.keyId }, this.child({ protect }));
    return key;
  }
}
