/**
 * What is peculiar about a message's form: the reasons for which readers of protobuf may rightly disagree. A walk of its own, in BigInt and
 * without haste.
 */
export type Peculiarity =
  | 'wire type'
  | 'groups'
  | '64 bits'
  | '32 bits'
  | 'long varint'
  | 'run that breaks off'
  | 'fault in what is not read';

/** How a field is written; `unread` is what the receiver passes over, whatever it holds. */
type Kind = 'varint' | 'varint of 32 bits' | 'fixed64' | 'bytes' | 'unread' | 'references' | 'deltas' | 'doubles';
type Shape = { [field: number]: Kind | Shape };

const TYPES: Record<Exclude<Kind, 'unread'>, readonly number[]> = {
  varint: [0],
  'varint of 32 bits': [0],
  fixed64: [1],
  bytes: [2],
  references: [0, 2],
  deltas: [0, 2],
  doubles: [1, 2],
};
const SAMPLE: Shape = { 1: 'fixed64', 2: 'varint', 3: 'varint' };
const SPAN: Shape = { 1: 'varint of 32 bits', 2: 'varint of 32 bits' };
const HISTOGRAM: Shape = {
  ...{ 1: 'varint', 2: 'fixed64', 3: 'fixed64', 4: 'varint of 32 bits', 5: 'fixed64', 6: 'varint', 7: 'fixed64' },
  ...{ 8: SPAN, 9: 'deltas', 10: 'doubles', 11: SPAN, 12: 'deltas', 13: 'doubles' },
  ...{ 14: 'varint of 32 bits', 15: 'varint', 16: 'doubles', 17: 'varint' },
};
const LABEL: Shape = { 1: 'bytes', 2: 'bytes' };
const EXEMPLAR = (labels: Shape | Kind): Shape => ({ 1: labels, 2: 'fixed64', 3: 'varint' });
const V1: Shape = { 1: { 1: LABEL, 2: SAMPLE, 3: EXEMPLAR(LABEL), 4: HISTOGRAM }, 3: 'unread' };
const V2: Shape = { 4: 'bytes', 5: { 1: 'references', 2: SAMPLE, 3: HISTOGRAM, 4: EXEMPLAR('references'), 5: 'unread', 6: 'varint' } };

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
    const types = typeof kind === 'object' ? TYPES.bytes : kind === undefined || kind === 'unread' ? [] : TYPES[kind];
    if (type === 3 || type === 4) found.add('groups');
    if (types.length > 0 && !types.includes(type)) found.add('wire type');
    if (kind === 'unread') found.add('fault in what is not read');
    if (type === 0) {
      const value = varint();
      if (value === undefined) return;
      if ((kind === 'references' || kind === 'varint of 32 bits') && value >= 2n ** 32n) found.add('32 bits');
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
      if (kind === 'references' || kind === 'deltas') varints(content, kind === 'references', found);
      if (kind === 'doubles' && content.length % 8 !== 0) found.add('run that breaks off');
    }
  }
}

/** A packed run. Readers that do not look for its end read on in what follows. */
function varints(content: Uint8Array, is32Bits: boolean, found: Set<Peculiarity>): void {
  for (let at = 0; at < content.length; ) {
    const start = at;
    while (at < content.length && (content[at] as number) >= 0x80) at++;
    if (at === content.length) found.add('run that breaks off');
    at++;
    if (is32Bits && (at - start > 5 || (at - start === 5 && (content[at - 1] as number) > 15))) found.add('32 bits');
    if (at - start > 10 || (at - start === 10 && (content[at - 1] as number) > 1)) found.add('64 bits');
  }
}
