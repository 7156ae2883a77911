import assert from 'node:assert/strict';
import { DEFAULT_RULES } from '../../../../services/collector/cloudzero/default-rules.ts';
import { compileRules } from '../../../../services/collector/cloudzero/filter-rules.ts';

describe('filter rules of CloudZero', () => {
  it('lets everything through where there are no rules', () => assert.equal(compileRules([])('anything'), true));

  const cases: [match: 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex', pattern: string, hit: string, miss: string][] = [
    ['exact', 'up', 'up', 'upper'],
    ['prefix', 'kube_', 'kube_pod_info', 'my_kube_'],
    ['suffix', '_total', 'http_total', 'total_http'],
    ['contains', 'cpu', 'x_cpu_y', 'x_cp_u'],
    ['regex', 'a.c', 'xxabcxx', 'xxacxx'],
  ];
  for (const [match, pattern, hit, miss] of cases) {
    it(`${match}: ${pattern} takes ${hit}, not ${miss}`, () => {
      const test = compileRules([{ match, pattern }]);
      assert.deepEqual([test(hit), test(miss)], [true, false]);
    });
  }

  it('is enough for one of several rules to fit', () => {
    const test = compileRules([
      { match: 'exact', pattern: 'up' },
      { match: 'prefix', pattern: 'kube_' },
    ]);
    assert.deepEqual(['up', 'kube_x', 'down'].map(test), [true, true, false]);
  });

  it('knows the default lists', () => {
    const cost = compileRules(DEFAULT_RULES.cost);
    const observability = compileRules(DEFAULT_RULES.observability);
    const metrics = ['container_cpu_usage_seconds_total', 'cloudzero_pod_labels', 'czo_x', 'shipper_disk_current_usage_bytes', 'up'];
    assert.deepEqual(metrics.map(cost), [true, true, false, false, false]);
    assert.deepEqual(metrics.map(observability), [false, false, true, true, false]);
  });
});
