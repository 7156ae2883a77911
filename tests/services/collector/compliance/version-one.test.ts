import { checkGroups } from './check-groups.ts';
import { VERSION_ONE } from './version-one.ts';

checkGroups('remote write 1.0', VERSION_ONE);
