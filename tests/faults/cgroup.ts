import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A control group of one process, of whichever version the machine has. */
export type Cgroup = {
  isV2: boolean;
  write(file: string, value: string | number): void;
  read(file: string): string;
  has(file: string): boolean;
  /** Once the process has ended. */
  remove(): void;
};

/**
 * @param set what limits the group, before the process is in it
 * @throws Error that says what it takes
 */
export function putIntoCgroup(pid: number, controller: 'cpu' | 'memory', set: (group: Cgroup) => void): Cgroup {
  const isV2 = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const path = join('/sys/fs/cgroup', isV2 ? '' : controller, `tallyship-faults-${controller}-${pid}`);
  const group: Cgroup = {
    isV2,
    write: (file, value) => writeFileSync(join(path, file), String(value)),
    read: (file) => readFileSync(join(path, file), 'utf8'),
    has: (file) => existsSync(join(path, file)),
    remove: () => rmdirSync(path),
  };
  try {
    mkdirSync(path);
    set(group);
    group.write('cgroup.procs', pid);
  } catch (cause) {
    throw new Error(`this test needs the right to limit a process by a cgroup (root, a ${controller} controller that can be written)`, {
      cause,
    });
  }
  return group;
}
