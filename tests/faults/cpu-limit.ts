import { putIntoCgroup } from './cgroup.ts';

const PERIOD_US = 50_000;

/**
 * Gives a process a share of one processor, as a container's limit does.
 * @returns `lift` takes the limit away, `remove` the group, once the process has ended
 */
export function limitCpu(pid: number, share: number): { lift(): void; remove(): void } {
  const quotaUs = Math.round(share * PERIOD_US);
  const group = putIntoCgroup(pid, 'cpu', ({ isV2, write }) => {
    if (isV2) return write('cpu.max', `${quotaUs} ${PERIOD_US}`);
    write('cpu.cfs_period_us', PERIOD_US);
    write('cpu.cfs_quota_us', quotaUs);
  });
  return {
    lift: () => (group.isV2 ? group.write('cpu.max', 'max') : group.write('cpu.cfs_quota_us', -1)),
    remove: () => group.remove(),
  };
}
