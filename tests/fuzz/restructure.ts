import * as w from '../support/remote-write-wire.ts';
import type { Chance } from './mutate.ts';

type Field = { number: number; type: number; content: Buffer };

/** Changes a message by whole fields, at any depth, with the lengths around them right: what gets past the outermost checks. */
export function restructure(message: Buffer, other: Buffer, chance: Chance): Buffer {
  const fields = fieldsOf(message);
  if (!fields || fields.length === 0) return message;
  const at = chance.below(fields.length);
  const field = fields[at] as Field;
  const mayDescend = field.type === w.WIRE.length && field.content.length > 1 && chance.below(4) > 0;
  if (mayDescend && fieldsOf(field.content)) {
    const inner = chance.of(fieldsOf(other)?.filter(({ type }) => type === w.WIRE.length) ?? []);
    field.content = restructure(field.content, inner?.content ?? other, chance);
  } else chance.of(CHANGES)(fields, at, fieldsOf(other) ?? [], chance);
  return Buffer.concat(fields.map(encode));
}

const NUMBERS = [0n, 1n, 2n, 5n, 127n, 128n, 2n ** 31n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];

const CHANGES: ((fields: Field[], at: number, others: Field[], chance: Chance) => void)[] = [
  (fields, at) => fields.splice(at, 1),
  (fields, at, _, chance) => fields.splice(chance.below(fields.length + 1), 0, { ...(fields[at] as Field) }),
  (fields, at, _, chance) => fields.splice(chance.below(fields.length), 0, ...fields.splice(at, 1)),
  (fields, at, others, chance) => others.length > 0 && fields.splice(at, 0, chance.of(others)),
  (fields, at, _, chance) => {
    (fields[at] as Field).number = chance.of([1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 15, 16, 17, 2 ** 29 - 1]);
  },
  (fields, at, _, chance) => {
    fields[at] = { number: (fields[at] as Field).number, type: w.WIRE.varint, content: w.varint(chance.of(NUMBERS)) };
  },
  (fields, at, _, chance) => {
    fields[at] = { number: (fields[at] as Field).number, type: w.WIRE.length, content: w.varint(chance.of(NUMBERS)) };
  },
  (fields, at, _, chance) => {
    const field = fields[at] as Field;
    field.content = Buffer.from(field.content);
    if (field.content.length > 0 && field.type !== w.WIRE.varint) field.content[chance.below(field.content.length)] = chance.below(256);
  },
];

function encode({ number, type, content }: Field): Buffer {
  return type === w.WIRE.length ? w.field(number, content) : Buffer.concat([w.tag(number, type), content]);
}

/** @returns undefined when the bytes are not a run of fields */
function fieldsOf(bytes: Buffer): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    const start = at;
    while (at < bytes.length && (bytes[at] as number) >= 0x80) at++;
    at++;
    return bytes.subarray(start, at);
  };
  while (at < bytes.length) {
    const tag = numberOf(varint());
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    const sizes: Record<number, number> = { [w.WIRE.fixed64]: 8, [w.WIRE.fixed32]: 4 };
    if (number === 0 || tag >= 2 ** 32 || !(type === w.WIRE.varint || type === w.WIRE.length || type in sizes)) return undefined;
    if (type === w.WIRE.varint) fields.push({ number, type, content: varint() });
    else {
      const size = sizes[type] ?? numberOf(varint());
      fields.push({ number, type, content: bytes.subarray(at, at + size) });
      at += size;
    }
    if (at > bytes.length) return undefined;
  }
  return fields;
}

const numberOf = (varint: Uint8Array) => varint.reduceRight((value, byte) => value * 128 + (byte & 0x7f), 0);
