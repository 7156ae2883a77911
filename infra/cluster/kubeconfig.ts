export type ClusterAddress = { name: string; endpoint: string; certificateAuthority: string };

/**
 * A kubeconfig that asks the AWS CLI for a token whenever one is needed. A token of its own would end within a quarter of an hour,
 * in the state of the stack.
 * @param certificateAuthority base64, as EKS gives it
 * @param roleArn role that is taken for it
 */
export function kubeconfigOf({ name, endpoint, certificateAuthority }: ClusterAddress, region: string, roleArn?: string): string {
  const role = roleArn === undefined ? [] : ['--role-arn', roleArn];
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: endpoint, 'certificate-authority-data': certificateAuthority } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            command: 'aws',
            args: ['eks', 'get-token', '--region', region, '--cluster-name', name, ...role],
            interactiveMode: 'Never',
          },
        },
      },
    ],
  });
}
