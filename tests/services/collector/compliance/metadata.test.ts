import { checkGroups } from './check-groups.ts';
import { METADATA } from './metadata.ts';

checkGroups('metadata', METADATA);
