/**
 * What is peculiar about a message's form: the reasons for which readers of protobuf may rightly disagree. A walk of its own, in BigInt and
 * without haste.
 */
export type Peculiarity = 'wire type' | 'groups' | '64 bits' | '32 bits' | 'long varint' | 'fault in what is not read';

/** Field to its wire type, or to the message it holds. The receiver passes over what is `unread`, and counts what is `counted`. */
type Shape = { [field: number]: number | 'unread' | 'counted' | 'packed' | Shape };

const SAMPLE: Shape = { 1: 1, 2: 0, 3: 0 };
const V1: Shape = { 1: { 1: { 1: 2, 2: 2 }, 2: SAMPLE, 3: 'counted', 4: 'counted' }, 3: 'unread' };
const V2: Shape = { 4: 2, 5: { 1: 'packed', 2: SAMPLE, 3: 'counted', 4: 'counted', 5: 'unread' } };

export function formOf(version: 1 | 2, message: Uint8Array): Set<Peculiarity> {
  const found = new Set<Peculiarity>();
  walk(message, version === 1 ? V1 : V2, found);
  return found;
}

/** Stops where the message breaks: what stands before is what a reader got to see. */
function walk(bytes: Uint8Array, shape: Shape, found: Set<Peculiarity>): void {
  let at = 0;
  const varint = (): bigint | undefined => {
    let value = 0n;
    for (let i = 0; i < 10 && at < bytes.length; i++) {
      const byte = bytes[at++] as number;
      if (i === 9 && byte > 1) found.add('64 bits');
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) {
        if (i >= 5 || (i === 4 && byte > 15)) found.add('long varint');
        return value;
      }
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined) return;
    if (tag >= 2n ** 32n) found.add('32 bits');
    const type = Number(tag & 7n);
    const kind = shape[Number((tag & 0xffffffffn) >> 3n)];
    const expected = typeof kind === 'object' || kind === 'counted' ? 2 : kind;
    if (type === 3 || type === 4) found.add('groups');
    if (expected !== undefined && expected !== 'unread' && type !== (kind === 'packed' ? (type === 0 ? 0 : 2) : expected))
      found.add('wire type');
    if (kind === 'unread' || kind === 'counted') found.add('fault in what is not read');
    if (type === 0) {
      const value = varint();
      if (value === undefined) return;
      if (kind === 'packed' && value >= 2n ** 32n) found.add('32 bits');
    } else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const length = varint();
      if (length === undefined) return;
      if (length >= 2n ** 31n) found.add('32 bits');
      if (length > bytes.length - at) return;
      const content = bytes.subarray(at, at + Number(length));
      at += Number(length);
      if (typeof kind === 'object') walk(content, kind, found);
      if (kind === 'packed') references(content, found);
    }
  }
}

function references(content: Uint8Array, found: Set<Peculiarity>): void {
  for (let at = 0; at < content.length; ) {
    const start = at;
    while (at < content.length && (content[at] as number) >= 0x80) at++;
    at++;
    if (at - start > 5 || (at - start === 5 && (content[at - 1] as number) > 15)) found.add('32 bits');
    if (at - start > 10 || (at - start === 10 && (content[at - 1] as number) > 1)) found.add('64 bits');
  }
}
