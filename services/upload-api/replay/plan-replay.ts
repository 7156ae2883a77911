import type { ReplayOrder as WireOrder } from '@tallyship/shared/contracts/upload-wire';
import type { ReplayOrder } from './order-key.ts';

const TURN_MS = 60_000;

/**
 * The orders to look at for one answer, in the order they are offered. Where they begin moves on with time, so that an order which
 * nobody fulfils does not keep the others out of a header of limited size.
 */
export function planReplay(orders: readonly ReplayOrder[], shipperId: string | undefined, nowMs: number): ReplayOrder[] {
  const mine = orders.filter((order) => isFor(order, shipperId));
  const first = mine.length === 0 ? 0 : Math.floor(nowMs / TURN_MS) % mine.length;
  const seen = new Set<string>();
  return [...mine.slice(first), ...mine.slice(0, first)].filter(({ referenceId }) => !seen.has(referenceId) && seen.add(referenceId));
}

/** Orders as header text, as many as fit. Reference ids and URLs are ASCII, so characters are bytes. */
export function replayHeader(orders: readonly WireOrder[], maxBytes: number): { text: string; offered: number } | undefined {
  let text = '';
  let offered = 0;
  for (const order of orders) {
    const entry = JSON.stringify(order);
    if (text.length + entry.length + 3 > maxBytes) break;
    text += (offered === 0 ? '' : ',') + entry;
    offered += 1;
  }
  return offered === 0 ? undefined : { text: `[${text}]`, offered };
}

function isFor(order: ReplayOrder, shipperId: string | undefined): boolean {
  if (order.shipperId !== undefined) return order.shipperId === shipperId;
  return shipperId !== undefined && !order.abandonedBy.includes(shipperId);
}
