/** A real program that tests run against, built from a Go module of its own under `tools/`: their dependencies conflict. */
export type Engine = {
  name: string;
  /** Folder under `tools/` with go.mod and go.sum; they pin what is built. */
  module: string;
  version: string;
  /** Programs it gives, each with the Go package it is built from. */
  programs: Record<string, string>;
  ldflags: string;
  /** What a cold build takes on two cores. */
  minutes: number;
  /** How a program on PATH says its version; the first dotted number is read. */
  versionArgs: string[];
  /** The oldest program on PATH that serves instead. */
  atLeast: string;
  usedBy: string;
};

const pulumiVersion = 'v3.259.0';
const kubernetesVersion = 'v1.36.3';
const componentBase = 'k8s.io/component-base/version';

export const ENGINES: readonly Engine[] = [
  {
    name: 'prometheus',
    module: 'prometheus',
    version: 'v0.315.0',
    programs: {
      prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
      promtool: 'github.com/prometheus/prometheus/cmd/promtool',
    },
    ldflags: '-s -w -X github.com/prometheus/common/version.Version=3.15.0',
    minutes: 7,
    versionArgs: ['--version'],
    atLeast: '3.8.0',
    usedBy: 'npm run test:real',
  },
  {
    name: 'pulumi',
    module: 'pulumi',
    version: pulumiVersion,
    programs: { pulumi: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi' },
    ldflags: `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${pulumiVersion}`,
    minutes: 5,
    versionArgs: ['version'],
    atLeast: '3.240.0',
    usedBy: 'npm run test:engine',
  },
  {
    name: 'versitygw',
    module: 'versitygw',
    version: 'v1.8.0',
    programs: { versitygw: 'github.com/versity/versitygw/cmd/versitygw' },
    ldflags: '-s -w -X main.Version=v1.8.0',
    minutes: 2,
    versionArgs: ['--version'],
    atLeast: '1.8.0',
    usedBy: 'npm run test:real',
  },
  {
    name: 'kubernetes',
    module: 'kubernetes',
    version: kubernetesVersion,
    programs: { 'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver' },
    ldflags: `-s -w -X ${componentBase}.gitVersion=${kubernetesVersion} -X ${componentBase}.gitMajor=1 -X ${componentBase}.gitMinor=36`,
    minutes: 6,
    versionArgs: ['--version'],
    atLeast: '1.34.0',
    usedBy: 'npm run test:real',
  },
  {
    name: 'etcd',
    module: 'etcd',
    version: 'v3.7.3',
    programs: { etcd: 'go.etcd.io/etcd/server/v3' },
    ldflags: '-s -w',
    minutes: 1,
    versionArgs: ['--version'],
    atLeast: '3.5.0',
    usedBy: 'npm run test:real',
  },
  {
    name: 'helm',
    module: 'helm',
    version: 'v4.3.1',
    programs: { helm: 'helm.sh/helm/v4/cmd/helm' },
    ldflags: '-s -w -X helm.sh/helm/v4/internal/version.version=v4.3.1',
    minutes: 4,
    versionArgs: ['version', '--short'],
    atLeast: '3.14.0',
    usedBy: 'npm run test:real',
  },
];
