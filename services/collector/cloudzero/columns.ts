import type { Column } from '@tallyship/shared/contracts/columns';

const column = (name: string, type: Column['type'], describe: string): Column => ({ name, type, isNullable: false, describe });

/** CloudZero's current file: every column required, in this order. */
export const CURRENT_COLUMNS: readonly Column[] = [
  column('cluster_name', 'string', 'name of the cluster'),
  column('cloud_account_id', 'string', 'account of the cluster'),
  column('year', 'string', 'UTC year of the sample, `YYYY`'),
  column('month', 'string', '`MM`'),
  column('day', 'string', '`DD`'),
  column('hour', 'string', '`HH`, 24 h'),
  column('metric_name', 'string', 'label `__name__`'),
  column('node_name', 'string', 'label `node`, empty when absent'),
  column('created_at', 'timestamp', 'when the first samples of the file came'),
  column('timestamp', 'timestamp', 'time of the sample'),
  column('labels', 'string', 'JSON object of the labels that the filter keeps, `__name__` and `node` among them'),
  column('value', 'string', 'decimal text'),
];
