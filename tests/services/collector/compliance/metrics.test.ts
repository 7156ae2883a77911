import { checkGroups } from './check-groups.ts';
import { METRICS } from './metrics.ts';

checkGroups('metrics', METRICS);
