import { platform } from './platform.ts';

/** Nodes where no route leads out. */
platform({ nodeSubnets: 'isolatedSubnetIds' });
