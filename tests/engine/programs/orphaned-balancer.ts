import { ingress, loadBalancerController, platform } from './platform.ts';

/** The ingress does not wait for its controller to outlive it: a destroy takes both at once. */
const { kubernetes, nodes } = platform();
loadBalancerController(kubernetes, [nodes]);
ingress(kubernetes, [nodes], { 'pulumi.com/skipAwait': 'true' });
