import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PERIOD_US = 50_000;

/**
 * Gives a process a share of one processor, as a container's limit does.
 * @returns gives it back; call it once the process has ended
 * @throws Error that says what it takes
 */
export function limitCpu(pid: number, share: number): () => void {
  const isV2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const group = join(isV2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/cpu', `tallyship-faults-${pid}`);
  try {
    mkdirSync(group);
    const quotaUs = Math.round(share * PERIOD_US);
    if (isV2) writeFileSync(join(group, 'cpu.max'), `${quotaUs} ${PERIOD_US}`);
    else {
      writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_US));
      writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quotaUs));
    }
    writeFileSync(join(group, 'cgroup.procs'), String(pid));
  } catch (cause) {
    throw new Error('the overload test needs the right to limit a process by a cgroup (root, a cpu controller that can be written)', {
      cause,
    });
  }
  return () => rmdirSync(group);
}
