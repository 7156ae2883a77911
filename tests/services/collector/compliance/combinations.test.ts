import { checkGroups } from './check-groups.ts';
import { COMBINATIONS } from './combinations.ts';

checkGroups('combinations', COMBINATIONS);
