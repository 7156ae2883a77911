import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import type { Batch } from '../decode/batch.ts';
import type { KernelKind, SeriesTable } from '../decode/series-table.ts';
import type { Checkpoint, TargetName } from '../log/record.ts';
import { OpenHours } from './open-hours.ts';
import { RowArena } from './row-arena.ts';

/** Which rows of a batch a target gets; absent for all of them. */
export type Selection = { select(batch: Batch): Batch };

/** The open hours of every target: what the log's records act on. */
export class Targets {
  readonly #selections: Map<TargetName, Selection | undefined>;
  readonly #hours = new Map<TargetName, OpenHours>();

  /** @param kernel what holds and reads the rows */
  constructor(selections: Partial<Record<TargetName, Selection | undefined>>, kernel?: KernelKind) {
    this.#selections = new Map(Object.entries(selections) as [TargetName, Selection | undefined][]);
    const arena = new RowArena(kernel);
    for (const name of this.#selections.keys()) this.#hours.set(name, new OpenHours(arena));
  }

  get names(): TargetName[] {
    return [...this.#hours.keys()];
  }

  /** @returns undefined for a target that the log knows but the settings of today do not have */
  of(name: TargetName): OpenHours | undefined {
    return this.#hours.get(name);
  }

  /** Samples in memory, those that two targets wait for counted twice. */
  get rows(): number {
    return [...this.#hours.values()].reduce((sum, hours) => sum + hours.rows, 0);
  }

  /** Memory that the open hours take. */
  get bytes(): number {
    return [...this.#hours.values()].reduce((sum, hours) => sum + hours.bytes, 0);
  }

  /** Series tables that hours which are not sealed point into. */
  get tables(): Set<SeriesTable> {
    return new Set([...this.#hours.values()].flatMap((hours) => [...hours.tables]));
  }

  /** True when nothing waits to be sealed. */
  get isIdle(): boolean {
    return [...this.#hours.values()].every(({ generations }) => generations.size === 0);
  }

  /** First segment that a restart would need; Infinity when every target has sealed everything. */
  get firstNeededSegment(): number {
    return Math.min(...[...this.#hours.values()].map((hours) => hours.firstNeededSegment));
  }

  apply(batch: Batch, identity: ClusterIdentity, receivedAtMs: number, segment: number): void {
    for (const [name, hours] of this.#hours) {
      hours.apply(this.#selections.get(name)?.select(batch) ?? batch, identity, receivedAtMs, segment);
    }
  }

  /** The counters of every target, as `OpenHours.checkpoint` gives them. */
  checkpoint(forgetBeforeMs: number): Pick<Checkpoint, 'generations' | 'forgotten'> {
    const counters = [...this.#hours].map(([name, hours]) => [name, hours.checkpoint(forgetBeforeMs)] as const);
    return {
      generations: Object.fromEntries(counters.map(([name, { generations }]) => [name, generations])),
      forgotten: Object.fromEntries(counters.map(([name, { forgotten }]) => [name, forgotten])),
    };
  }

  /** Asks for a seal of everything ahead of time. */
  sealEarly(): void {
    for (const hours of this.#hours.values()) hours.sealEarly('all');
  }
}
