/** A cost row with nothing in it but what a test cares about. */
export function costRow<T extends object>(values: T) {
  return {
    stepStartMs: Date.UTC(2026, 10, 20),
    cluster: '000000000000/us-east-1/test',
    kind: 'workload' as const,
    group: 'shop',
    cpuCost: 1,
    memoryCost: 0.5,
    gpuCost: 0,
    storageCost: 0,
    loadBalancerCost: 0,
    totalCost: 1.5,
    reason: null,
    overcommitFactor: 1,
    cpuCoreHours: 2,
    cpuUsedCoreHours: 1,
    cpuRequestedCoreHours: 2,
    memoryGiBHours: 4,
    memoryUsedGiBHours: 3,
    memoryRequestedGiBHours: 4,
    gpuHours: 0,
    storageGiBHours: 0,
    ...values,
  };
}

export const UNKNOWN = {
  cpuCost: null,
  memoryCost: null,
  gpuCost: null,
  storageCost: null,
  loadBalancerCost: null,
  totalCost: null,
  overcommitFactor: null,
};

/** A cost answer around rows. */
export function costAnswer<Row>(rows: Row[]) {
  return {
    rows,
    total: 1.5,
    priceDate: '2026-07-06',
    coverage: { hoursExpected: 24, hoursWithData: 24, clusters: [], incomplete: [] },
    unpriced: [],
    warnings: [],
    notes: ['a note'],
  };
}
