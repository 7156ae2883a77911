import type { ClusterIdentity } from '@tallyship/shared/contracts/identity';
import type { AbandonRequest, ReplayOrder as WireOrder } from '@tallyship/shared/contracts/upload-wire';
import { HttpError } from '@tallyship/shared/runtime/http-error';
import type { ObjectStore, StoredObject } from '@tallyship/shared/storage/object-store';
import { objectKey } from '../upload/object-key.ts';
import { abandonedKey, orderKey, ordersOf, ordersPrefix, type ReplayOrder } from './order-key.ts';
import { planReplay, replayHeader } from './plan-replay.ts';

export type ReplayOptions = { maxHeaderBytes: number; maxAgeMs: number; now: () => number };
export type ReplayOutcome = 'ordered' | 'offered' | 'fulfilled' | 'abandoned' | 'expired';

/** Orders and marks of one cluster that are kept; each answer reads all of their names. */
const MAX_MARKS = 2_000;
const PARALLEL_PUTS = 16;
/** Orders looked at for one answer, more than a header can hold. */
const MAX_LOOKED_AT = 32;

/**
 * Orders to send files again. They are kept in the object store and nowhere else, so that each replica of this API knows those of the
 * others and none is lost with a process.
 */
export class ReplayOrders {
  readonly #store: ObjectStore;
  readonly #options: ReplayOptions;
  readonly #count: (outcome: ReplayOutcome, by?: number) => void;

  constructor(store: ObjectStore, options: ReplayOptions, count: (outcome: ReplayOutcome, by?: number) => void) {
    this.#store = store;
    this.#options = options;
    this.#count = count;
  }

  /**
   * Durable when it returns. An order that is there already is renewed.
   * @throws HttpError 503 when the cluster has too many orders
   */
  async order(identity: ClusterIdentity, referenceIds: readonly string[], shipperId: string | undefined): Promise<void> {
    const marks = await this.#marks(identity);
    if (marks.length + referenceIds.length > MAX_MARKS)
      throw new HttpError(
        503,
        `${marks.length} replay orders and marks of this cluster are open, limit ${MAX_MARKS}; wait until they are fulfilled`,
        600,
      );
    await inParallel(new Set(referenceIds), async (referenceId) => {
      await this.#store.put(orderKey(identity, referenceId, shipperId), new Uint8Array());
      this.#count('ordered');
    });
  }

  /** The replay header of an answer to a shipper; undefined when nothing is wanted. Orders that are over are removed on the way. */
  async headerFor(
    identity: ClusterIdentity,
    shipperId: string | undefined,
    presign: (key: string) => Promise<string>,
  ): Promise<string | undefined> {
    const orders = ordersOf(identity, await this.#marks(identity));
    const next = planReplay(orders, shipperId, this.#options.now()).slice(0, MAX_LOOKED_AT);
    const wanted = await Promise.all(
      next.map(async (order): Promise<WireOrder | undefined> => {
        const key = objectKey(order.referenceId, identity, shipperId);
        const end = await this.#endOf(order, key);
        if (end === undefined) return { ref_id: order.referenceId, url: await presign(key) };
        await this.#remove(identity, order, end);
        return undefined;
      }),
    );
    const header = replayHeader(
      wanted.filter((order) => order !== undefined),
      this.#options.maxHeaderBytes,
    );
    if (header) this.#count('offered', header.offered);
    return header?.text;
  }

  /** A shipper says that it does not have these. What was asked of it alone is over; what was asked of any is asked of the others. */
  async abandon(identity: ClusterIdentity, shipperId: string, files: AbandonRequest): Promise<void> {
    const orders = ordersOf(identity, await this.#marks(identity));
    const named = new Set(files.map(({ reference_id }) => reference_id));
    for (const order of orders.filter(({ referenceId }) => named.has(referenceId))) {
      if (order.shipperId === shipperId) await this.#remove(identity, order, 'abandoned');
      else if (order.shipperId === undefined && !order.abandonedBy.includes(shipperId)) {
        await this.#store.put(abandonedKey(identity, order.referenceId, shipperId), new Uint8Array());
        this.#count('abandoned');
      }
    }
  }

  /** Compares times of the store with one another. An object as old as its order may be the one that was complained about. */
  async #endOf({ orderedMs }: ReplayOrder, key: string): Promise<'fulfilled' | 'expired' | undefined> {
    const object = await this.#store.head(key);
    if (object && wholeSecond(object.modifiedMs) > wholeSecond(orderedMs)) return 'fulfilled';
    return this.#options.now() - orderedMs > this.#options.maxAgeMs ? 'expired' : undefined;
  }

  /** The order goes last: a crash before leaves it, and it is asked for once more. */
  async #remove(identity: ClusterIdentity, { referenceId, shipperId, abandonedBy }: ReplayOrder, outcome: ReplayOutcome): Promise<void> {
    for (const shipper of abandonedBy) await this.#store.remove(abandonedKey(identity, referenceId, shipper));
    await this.#store.remove(orderKey(identity, referenceId, shipperId));
    this.#count(outcome);
  }

  async #marks(identity: ClusterIdentity): Promise<StoredObject[]> {
    const marks: StoredObject[] = [];
    for await (const mark of this.#store.list(ordersPrefix(identity))) {
      if (marks.push(mark) >= MAX_MARKS) break;
    }
    return marks;
  }
}

/** HEAD says whole seconds, a listing may say more. */
const wholeSecond = (ms: number) => Math.floor(ms / 1000);

async function inParallel<T>(items: Iterable<T>, act: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items].values();
  const work = async () => {
    for (const item of waiting) await act(item);
  };
  await Promise.all(Array.from({ length: PARALLEL_PUTS }, work));
}
