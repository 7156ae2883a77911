import { putIntoCgroup } from './cgroup.ts';

/**
 * Limits the memory of a process that has just been started, its pages of files included, as a container's limit does; over it the kernel kills.
 * @returns `kills` counts that, also after the end; `remove` goes once the process has ended
 */
export function limitMemory(pid: number, bytes: number): { kills(): number; remove(): void } {
  const group = putIntoCgroup(pid, 'memory', ({ isV2, write, has }) => {
    write(isV2 ? 'memory.max' : 'memory.limit_in_bytes', bytes);
    // Swap would only make it slow.
    if (isV2 && has('memory.swap.max')) write('memory.swap.max', 0);
    if (!isV2 && has('memory.memsw.limit_in_bytes')) write('memory.memsw.limit_in_bytes', bytes);
  });
  return {
    kills: () => Number(/^oom_kill ([0-9]+)$/m.exec(group.read(group.isV2 ? 'memory.events' : 'memory.oom_control'))?.[1]),
    remove: () => group.remove(),
  };
}
