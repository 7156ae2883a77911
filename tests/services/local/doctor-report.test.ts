import assert from 'node:assert/strict';
import type { QualityReport } from '@tallyship/console/quality';
import { reportText } from '../../../services/local/doctor-report.ts';

describe("the doctor's report", () => {
  it('says once what is the same in many clusters, and names a few of them', () => {
    const finding = (cluster: string, message: string) => ({ code: 'metric-missing', cluster, message, remedy: 'scrape it' });
    const findings = [...Array.from({ length: 20 }, (_, at) => finding(`c${at}`, 'no kube_node_info')), finding('c3', 'no kube_pod_info')];
    const report = { from: 'a', to: 'b', checkedAt: 'c', priceDate: 'd', clusters: [], findings } as unknown as QualityReport;
    const lines = reportText(report).split('\n').slice(2);
    assert.deepEqual(lines, [
      '2 things to look at:',
      '  metric-missing (c0, c1, c2 and 17 more): no kube_node_info',
      '      → scrape it',
      '  metric-missing (c3): no kube_pod_info',
      '      → scrape it',
      '',
    ]);
  });
});
