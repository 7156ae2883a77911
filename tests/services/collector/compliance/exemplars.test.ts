import { checkGroups } from './check-groups.ts';
import { EXEMPLARS } from './exemplars.ts';

checkGroups('exemplars', EXEMPLARS);
