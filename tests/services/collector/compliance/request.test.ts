import { checkGroups } from './check-groups.ts';
import { REQUEST } from './request.ts';

checkGroups('request', REQUEST);
