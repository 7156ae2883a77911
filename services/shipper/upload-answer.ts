import type { ReplayOrder } from '@tallyship/shared/contracts/upload-wire';
import { parseJson } from '@tallyship/shared/runtime/parse-json';
import { parseUploadUrl } from './presigned-url.ts';
import { ShipFault } from './ship-fault.ts';

/** What an upload answer gives for the files that were asked for, and what is wrong with the rest of it, a short line each. */
export type UploadUrls = { urls: Map<string, URL>; oddities: string[] };

/**
 * Reads the answer of today's protocol: upload URL by reference id. Ids that are missing wait; ids that nobody asked for and members that are
 * no URL are named and left out, the others hold.
 * @throws ShipFault `bad_answer` when it is not a JSON object
 */
export function readUrlsById(text: string, ids: readonly string[]): UploadUrls {
  const answer = objectOf(text);
  const asked = new Set(ids);
  const found: UploadUrls = { urls: new Map(), oddities: [] };
  for (const [id, value] of Object.entries(answer)) {
    const url = typeof value === 'string' ? parseUploadUrl(value) : undefined;
    if (!asked.has(id)) found.oddities.push(`URL for ${nameOf(id)}, which was not asked for`);
    else if (!url) found.oddities.push(`${nameOf(id)} has no URL but ${typeof value === 'string' ? 'a text that is none' : kindOf(value)}`);
    else found.urls.set(id, url);
  }
  return found;
}

/**
 * Reads the answer of 2024: URLs pair with files by index; fewer serve the first files, the surplus is left out.
 * @throws ShipFault `bad_answer` when it is not `{"urls": [...]}`
 */
export function readUrlsByIndex(text: string, ids: readonly string[]): UploadUrls {
  const { urls: given } = objectOf(text);
  if (!Array.isArray(given)) throw new ShipFault('bad_answer', 'upload answer: `urls` is not a list');
  const found: UploadUrls = { urls: new Map(), oddities: [] };
  if (given.length > ids.length) found.oddities.push(`${given.length - ids.length} URLs more than files`);
  for (const [index, id] of ids.slice(0, given.length).entries()) {
    const url = typeof given[index] === 'string' ? parseUploadUrl(given[index]) : undefined;
    if (url) found.urls.set(id, url);
    else found.oddities.push(`URL ${index} is ${typeof given[index] === 'string' ? 'a text that is none' : kindOf(given[index])}`);
  }
  return found;
}

/** Reads the replay header. What is not an order is named and left out; a header that is no JSON list is one oddity. */
export function readReplays(header: string | undefined): { orders: (Omit<ReplayOrder, 'url'> & { url: URL })[]; oddities: string[] } {
  if (header === undefined) return { orders: [], oddities: [] };
  const list = parseJson(header);
  if (!Array.isArray(list)) return { orders: [], oddities: ['replay header is not a JSON list'] };
  const orders = list.flatMap((order: Partial<ReplayOrder> | null) => {
    const url = typeof order?.url === 'string' ? parseUploadUrl(order.url) : undefined;
    const isNamed = typeof order?.ref_id === 'string' && /^[^/\\]{1,300}\.parquet$/.test(order.ref_id);
    return url && isNamed ? [{ ref_id: order?.ref_id as string, url }] : [];
  });
  const odd = list.length - orders.length;
  return { orders, oddities: odd > 0 ? [`${odd} entries of the replay header are no orders`] : [] };
}

function objectOf(text: string): Record<string, unknown> {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ShipFault('bad_answer', `upload answer of ${text.length} characters is not a JSON object`);
  return value as Record<string, unknown>;
}

const nameOf = (id: string) => JSON.stringify(id.slice(0, 120));
const kindOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`);
