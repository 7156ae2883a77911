import { compressSync } from 'snappy';

/** Protobuf and snappy made by hand, so that a test can also make what no encoder would. */
export const WIRE = { varint: 0, fixed64: 1, length: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;
export type WireType = (typeof WIRE)[keyof typeof WIRE];

export function varint(value: number | bigint): Buffer {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...out, Number(rest)]);
}

export const tag = (field: number, type: number) => varint(BigInt(field) * 8n + BigInt(type));
/** A length-delimited field. */
export const field = (number: number, ...content: (Uint8Array | string)[]) => {
  const bytes = Buffer.concat(content.map((each) => Buffer.from(each)));
  return Buffer.concat([tag(number, WIRE.length), varint(bytes.length), bytes]);
};
export const varintField = (number: number, value: number | bigint) => Buffer.concat([tag(number, WIRE.varint), varint(value)]);
export const fixed64Field = (number: number, bits: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(bits);
  return Buffer.concat([tag(number, WIRE.fixed64), bytes]);
};
export const repeat = (bytes: Uint8Array, times: number) => Buffer.alloc(bytes.length * times, bytes);

/** Remote write 1.0: a label and a series of fields; the request is a run of series. */
export const label = (name: Uint8Array | string, value: Uint8Array | string) => field(1, field(1, name), field(2, value));
export const sample = (timeMs: number | bigint, bits: bigint) => field(2, fixed64Field(1, bits), varintField(2, timeMs));
export const seriesV1 = (...fields: Uint8Array[]) => field(1, ...fields);
/** Remote write 2.0. */
export const symbols = (...texts: (Uint8Array | string)[]) => Buffer.concat(texts.map((text) => field(4, text)));
export const refs = (...references: (number | bigint)[]) => field(1, ...references.map(varint));
export const seriesV2 = (...fields: Uint8Array[]) => field(5, ...fields);

export const message = (...parts: Uint8Array[]) => Buffer.concat(parts);
/** Copied out: buffers of the package's own would stay until the event loop turns, which a loop of a million inputs never does. */
export const block = (body: Uint8Array): Buffer => compressSync(Buffer.from(body), { copyOutputData: true }) as Buffer;
/** A snappy preamble that claims `bytes`, and whatever is to follow it. */
export const claim = (bytes: number, ...elements: Uint8Array[]) => Buffer.concat([varint(bytes), ...elements]);
/** A snappy literal element of up to 60 bytes. */
export const literal = (content: Uint8Array) => Buffer.concat([Buffer.from([(content.length - 1) << 2]), content]);
