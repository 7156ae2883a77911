import { checkGroups } from './check-groups.ts';
import { HISTOGRAMS } from './histograms.ts';

checkGroups('histograms', HISTOGRAMS);
