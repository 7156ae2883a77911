import * as k8s from '@pulumi/kubernetes';
import type { ComponentResourceOptions } from '@pulumi/pulumi';
import { Component } from '../component.ts';

const CHART = { chart: 'external-secrets', repo: 'https://charts.external-secrets.io', version: '2.9.0' };
const NAMESPACE = 'external-secrets';
const TIMEOUT_S = 300;

/** External Secrets: writes values of Secrets Manager into Secrets of the cluster. It has no rights in AWS itself; stores bring theirs. */
export class SecretsOperator extends Component {
  constructor(name: string, options: ComponentResourceOptions) {
    super('secrets:SecretsOperator', name, options);
    const namespace = new k8s.core.v1.Namespace(
      NAMESPACE,
      { metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
      this.child(),
    );
    new k8s.helm.v3.Release(
      name,
      {
        name: CHART.chart,
        chart: CHART.chart,
        version: CHART.version,
        repositoryOpts: { repo: CHART.repo },
        namespace: namespace.metadata.name,
        values: { installCRDs: true, crds: { unsafeServeV1Beta1: false }, ...SMALL },
        atomic: true,
        timeout: TIMEOUT_S,
      },
      this.child(),
    );
    this.registerOutputs();
  }
}

const size = (memory: string) => ({ requests: { cpu: '10m', memory }, limits: { memory } });
const SMALL = { resources: size('128Mi'), webhook: { resources: size('64Mi') }, certController: { resources: size('128Mi') } };
