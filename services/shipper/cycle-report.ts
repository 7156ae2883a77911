import { type FaultKind, isPassing, type ShipFault } from './ship-fault.ts';

/** What one cycle did and what went wrong in it: kinds with the first message and a count, so that 10,000 equal faults stay one line. */
export class CycleReport {
  shipped = 0;
  /** The target or one of its clusters cannot be served now, whatever the file. */
  isBlocked = false;
  /** Longest wait that the other side asked for. */
  retryAfterMs = 0;
  readonly faults = new Map<FaultKind, { count: number; message: string; fault: ShipFault }>();

  get isClean(): boolean {
    return this.faults.size === 0;
  }

  /** True when waiting may mend some of it. */
  get mayPass(): boolean {
    return [...this.faults.keys()].some(isPassing);
  }

  add(fault: ShipFault): void {
    this.retryAfterMs = Math.max(this.retryAfterMs, fault.retryAfterMs);
    const known = this.faults.get(fault.kind);
    if (known) known.count += 1;
    else this.faults.set(fault.kind, { count: 1, message: fault.message, fault });
  }

  lines(): string[] {
    return [...this.faults].map(([kind, { count, message }]) => `${kind}${count > 1 ? ` (${count} times)` : ''}: ${message}`);
  }
}
