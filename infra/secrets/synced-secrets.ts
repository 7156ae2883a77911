import * as k8s from '@pulumi/kubernetes';
import type { ComponentResourceOptions, Input } from '@pulumi/pulumi';
import { Component } from '../component.ts';
import type { SecretContent } from './metering-secrets.ts';

export type SyncedSecret = {
  /** Name in the cluster. */
  name: string;
  /** Name in Secrets Manager. */
  source: string;
  content: SecretContent;
};

export type SyncedSecretsArgs = {
  namespace: string;
  region: string;
  /** Service account that reads: its role can read the listed secrets and no others. */
  reader: { serviceAccount: string; annotations: Record<string, Input<string>> };
  secrets: readonly SyncedSecret[];
};

const API = 'external-secrets.io/v1';

/** Secrets of one namespace, kept equal to Secrets Manager. Pods mount them as files, and see a new value within minutes. */
export class SyncedSecrets extends Component {
  constructor(name: string, args: SyncedSecretsArgs, options: ComponentResourceOptions) {
    super('secrets:SyncedSecrets', name, options);
    const { namespace, region, reader, secrets } = args;
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: { name: reader.serviceAccount, namespace, annotations: reader.annotations }, automountServiceAccountToken: false },
      this.child(),
    );
    const auth = { jwt: { serviceAccountRef: { name: reader.serviceAccount } } };
    const store = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: API,
        kind: 'SecretStore',
        metadata: { name: reader.serviceAccount, namespace },
        spec: { provider: { aws: { service: 'SecretsManager', region, auth } } },
      },
      this.child({ dependsOn: [account] }),
    );
    for (const secret of secrets) this.#synced(secret, reader.serviceAccount, namespace, store);
    this.registerOutputs();
  }

  #synced({ name, source, content }: SyncedSecret, storeName: string, namespace: string, store: k8s.apiextensions.CustomResource): void {
    new k8s.apiextensions.CustomResource(
      `${namespace}-${name}`,
      {
        apiVersion: API,
        kind: 'ExternalSecret',
        metadata: { name, namespace },
        spec: {
          refreshInterval: '5m',
          secretStoreRef: { kind: 'SecretStore', name: storeName },
          ...specOf(name, source, content),
        },
      },
      this.child({ dependsOn: [store] }),
    );
  }
}

function specOf(name: string, key: string, content: SecretContent) {
  const target = { name, creationPolicy: 'Owner' };
  if (content === 'files') return { target, dataFrom: [{ extract: { key } }] };
  if (content !== 'registryLogin') return { target, data: [{ secretKey: content.file, remoteRef: { key } }] };
  const template = { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': '{{ .login }}' } };
  return { target: { ...target, template }, data: [{ secretKey: 'login', remoteRef: { key } }] };
}
