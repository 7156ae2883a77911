import { runtime } from '@pulumi/pulumi';

/** Gives every role that is declared from now on a permissions boundary, those of remote components too: they take no argument for it. */
export function boundRoles(permissionsBoundary: string): void {
  runtime.registerResourceTransform(({ type, props, opts }) =>
    type === 'aws:iam/role:Role' ? { props: { ...props, permissionsBoundary }, opts } : undefined,
  );
}
