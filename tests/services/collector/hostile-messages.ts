import * as w from '../../support/remote-write-wire.ts';
import { GOOD_V2, goodV1, type HostileCase, ONE, SYMBOLS, stored, T, v1, v2 } from './hostile-case.ts';

const NAME = w.label('__name__', 'good');
const bytes = (...values: number[]) => Buffer.from(values);
const number = (field: number, type: number) => Buffer.concat([w.tag(field, type), type === w.WIRE.fixed32 ? Buffer.alloc(4) : bytes(1)]);
/** Tag 0x0a, a length of its own choosing, and `content`. */
const wrongLength = (field: number, length: number | bigint, content: Uint8Array) =>
  Buffer.concat([w.tag(field, 2), w.varint(length), content]);
const OVERLONG = repeat(0xff, 10, 1);
function repeat(byte: number, times: number, last: number) {
  return bytes(...Array<number>(times).fill(byte), last);
}
const written = { status: 204, written: '1,0,0', stored: [stored()] };
const malformed = (says: RegExp) => ({ status: 400, written: '0,0,0', says });
const beside =
  (...parts: Uint8Array[]) =>
  () => [goodV1(), ...parts];
/** Fields that no version knows, of every wire type. */
const unknown = () =>
  Buffer.concat([w.varintField(15, 300), w.fixed64Field(14, 1n), w.field(13, 'x'), number(12, w.WIRE.fixed32), w.field(100_000, '')]);

/** Messages that protobuf forbids: no effect at all, not even of the good series beside. And odd ones that it allows. */
export const MESSAGE_CASES: HostileCase[] = [
  v1('timeseries as a varint', beside(number(1, 0)), malformed(/field 1 has wire type 0, not 2/)),
  v1('timeseries as fixed64', beside(w.fixed64Field(1, 1n)), malformed(/field 1 has wire type 1/)),
  v1('timeseries as fixed32', beside(number(1, 5)), malformed(/field 1 has wire type 5/)),
  v1('labels as a varint', beside(w.seriesV1(number(1, 0))), malformed(/field 1 has wire type 0/)),
  v1('samples as a varint', beside(w.seriesV1(NAME, number(2, 0))), malformed(/field 2 has wire type 0/)),
  v1('label name as a varint', beside(w.seriesV1(w.field(1, number(1, 0)))), malformed(/field 1 has wire type 0/)),
  v1('label value as fixed32', beside(w.seriesV1(w.field(1, number(2, 5)))), malformed(/field 2 has wire type 5/)),
  v1('sample value as a varint', beside(w.seriesV1(NAME, w.field(2, number(1, 0)))), malformed(/field 1 has wire type 0, not 1/)),
  v1('timestamp as fixed64', beside(w.seriesV1(NAME, w.field(2, w.fixed64Field(2, 1n)))), malformed(/field 2 has wire type 1, not 0/)),
  v1('sample value as fixed64, cut', beside(w.seriesV1(NAME, w.field(2, w.tag(1, 1), bytes(1, 2)))), malformed(/truncated/)),
  v1('exemplar as a varint', beside(w.seriesV1(NAME, number(3, 0))), malformed(/field 3 has wire type 0, not 2/)),
  v1('histogram as fixed64', beside(w.seriesV1(NAME, w.fixed64Field(4, 1n))), malformed(/field 4 has wire type 1/)),
  v1('field number 0', beside(bytes(0x02, 0x00)), malformed(/field tag 2/)),
  v1('field number 0 in a label', beside(w.seriesV1(w.field(1, bytes(0x00, 0x01)))), malformed(/field tag 0/)),
  v1('start of a group', beside(w.tag(9, 3), w.tag(9, 4)), malformed(/field 9 has wire type 3/)),
  v1('end of a group', beside(w.tag(9, 4)), malformed(/field 9 has wire type 4/)),
  v1('wire types 6 and 7', beside(w.tag(9, 7)), malformed(/field 9 has wire type 7/)),
  v1('tag over 32 bits', beside(w.varint(2n ** 35n + 8n), bytes(1)), malformed(/field tag/)),
  v1('varint of 11 bytes', beside(w.tag(9, 0), OVERLONG), malformed(/varint of more than 64 bits/)),
  v1('timestamp of 11 bytes', beside(w.seriesV1(NAME, w.field(2, w.tag(2, 0), OVERLONG))), malformed(/varint of more than 64 bits/)),
  v1(
    'timestamp over 64 bits',
    () => [w.seriesV1(NAME, w.field(2, w.fixed64Field(1, ONE), w.tag(2, 0), repeat(0x80, 9, 2)))],
    malformed(/64 bits/),
  ),
  v1('series longer than the message', beside(wrongLength(1, 5, bytes(1))), malformed(/length 5 .* passes the end/)),
  v1('series of 2^63 bytes', beside(wrongLength(1, 2n ** 63n, bytes(1))), malformed(/passes the end/)),
  v1('label longer than its series', beside(w.seriesV1(wrongLength(1, 9, bytes(1)))), malformed(/length 9 .* passes the end/)),
  v1(
    'label name longer than its label',
    beside(w.seriesV1(w.field(1, wrongLength(1, 3, bytes(1))))),
    malformed(/length 3 .* passes the end/),
  ),
  v1('sample longer than its series', beside(w.seriesV1(NAME, wrongLength(2, 99, bytes(1)))), malformed(/length 99 .* passes the end/)),
  v1('unknown field longer than the message', beside(wrongLength(9, 1000, bytes(1))), malformed(/length 1000/)),
  v1('length cut in its varint', beside(w.tag(1, 2), bytes(0x80)), malformed(/truncated/)),
  v1('tag cut in its varint', beside(bytes(0x8a)), malformed(/truncated/)),
  v1(
    'unknown fields everywhere',
    () => [
      unknown(),
      w.seriesV1(
        unknown(),
        w.field(1, unknown(), w.field(1, '__name__'), unknown(), w.field(2, 'good')),
        w.field(2, w.fixed64Field(1, ONE), unknown(), w.varintField(2, T)),
      ),
      unknown(),
    ],
    written,
  ),
  v1('reserved field 2', beside(w.field(2, 'whatever')), written),
  v1('labels behind the samples', () => [w.seriesV1(w.sample(T, ONE), NAME)], written),
  v1('labels split around the samples', () => [w.seriesV1(w.label('z', '1'), w.sample(T, ONE), NAME, unknown(), w.label('a', '2'))], {
    ...written,
    stored: [{ ...stored(), labels: { __name__: 'good', a: '2', z: '1' } }],
  }),
  v1(
    'value and time given twice: the last counts',
    () => [w.seriesV1(NAME, w.field(2, w.fixed64Field(1, 5n), w.varintField(2, 7), w.fixed64Field(1, ONE), w.varintField(2, T)))],
    written,
  ),
  v1(
    'label name and value given twice: the last counts',
    () => [w.seriesV1(w.field(1, w.field(1, 'x'), w.field(2, 'y'), w.field(1, '__name__'), w.field(2, 'good')), w.sample(T, ONE))],
    written,
  ),
  v1(
    'lengths and tags in more bytes than needed',
    () => {
      const series = goodV1().subarray(2);
      return [Buffer.concat([bytes(0x8a, 0x80, 0x00), bytes(series.length | 0x80, 0x80, 0x00), series])];
    },
    written,
  ),
  v1('metadata alone', () => [w.field(3, w.varintField(1, 1), w.field(2, 'good'), w.field(4, 'help'))], { status: 204, written: '0,0,0' }),
  v1('metadata of an unknown type, without help', () => [w.field(3, w.varintField(1, 99)), w.field(3)], { status: 204, written: '0,0,0' }),

  v2('timeseries as a varint', () => [SYMBOLS, GOOD_V2, number(5, 0)], malformed(/field 5 has wire type 0, not 2/)),
  v2('symbol as a varint', () => [SYMBOLS, GOOD_V2, number(4, 0)], malformed(/field 4 has wire type 0, not 2/)),
  v2('symbol as fixed32', () => [SYMBOLS, GOOD_V2, number(4, 5)], malformed(/field 4 has wire type 5/)),
  v2('references as fixed64', () => [SYMBOLS, GOOD_V2, w.seriesV2(w.fixed64Field(1, 1n))], malformed(/field 1 has wire type 1, not 0/)),
  v2('references as fixed32', () => [SYMBOLS, GOOD_V2, w.seriesV2(number(1, 5))], malformed(/field 1 has wire type 5/)),
  v2('sample as a varint', () => [SYMBOLS, GOOD_V2, w.seriesV2(w.refs(1, 2), number(2, 0))], malformed(/field 2 has wire type 0/)),
  v2(
    'sample value as fixed32',
    () => [SYMBOLS, GOOD_V2, w.seriesV2(w.refs(1, 2), w.field(2, number(1, 5)))],
    malformed(/wire type 5, not 1/),
  ),
  v2('histogram as a varint', () => [SYMBOLS, GOOD_V2, w.seriesV2(w.refs(1, 2), number(3, 0))], malformed(/field 3 has wire type 0/)),
  v2('exemplar as fixed32', () => [SYMBOLS, GOOD_V2, w.seriesV2(w.refs(1, 2), number(4, 5))], malformed(/field 4 has wire type 5/)),
  v2('references cut in a varint', () => [SYMBOLS, GOOD_V2, w.seriesV2(w.field(1, bytes(1, 0x82)))], malformed(/truncated/)),
  v2('reference of 11 bytes', () => [SYMBOLS, GOOD_V2, w.seriesV2(w.field(1, OVERLONG))], malformed(/varint of more than 64 bits/)),
  v2('symbol longer than the message', () => [SYMBOLS, GOOD_V2, wrongLength(4, 77, bytes(1))], malformed(/length 77 .* passes the end/)),
  v2(
    'group in a series',
    () => [SYMBOLS, GOOD_V2, w.seriesV2(w.refs(1, 2), w.tag(8, 3), w.tag(8, 4))],
    malformed(/field 8 has wire type 3/),
  ),
  v2('field number 0', () => [SYMBOLS, GOOD_V2, bytes(0x05, 0, 0, 0, 0)], malformed(/field tag 5/)),
  v2(
    'first symbol not empty',
    () => [w.symbols('__name__', 'good'), w.seriesV2(w.refs(0, 1), w.sample(T, ONE))],
    malformed(/first symbol/),
  ),
  v2('a message of version 1', () => [goodV1()], { status: 204, written: '0,0,0' }),
  v2('symbols behind the series', () => [GOOD_V2, SYMBOLS], written),
  v2('symbols around the series', () => [w.symbols('', '__name__'), GOOD_V2, w.symbols('good')], written),
  v2('references not packed', () => [SYMBOLS, w.seriesV2(w.varintField(1, 1), w.varintField(1, 2), w.sample(T, ONE))], written),
  v2(
    'references packed and not, in pieces around the sample',
    () => [SYMBOLS, w.seriesV2(w.varintField(1, 1), w.sample(T, ONE), w.refs(2), w.field(1))],
    written,
  ),
  v2(
    'created timestamp of the old draft and start timestamp of the new one',
    () => [
      SYMBOLS,
      w.seriesV2(w.refs(1, 2), w.field(2, w.fixed64Field(1, ONE), w.varintField(2, T), w.varintField(3, T - 5)), w.varintField(6, T - 5)),
    ],
    written,
  ),
  v2(
    'unknown fields everywhere',
    () => [
      unknown(),
      SYMBOLS,
      w.seriesV2(unknown(), w.refs(1, 2), w.field(2, unknown(), w.fixed64Field(1, ONE), w.varintField(2, T)), w.field(5, unknown())),
      unknown(),
    ],
    written,
  ),
  v2(
    'a symbol twice, and symbols nobody refers to',
    () => [w.symbols('', '__name__', 'good', 'good', bytes(0xff), '__name__'), w.seriesV2(w.refs(5, 3), w.sample(T, ONE))],
    written,
  ),
  v2('no symbols and no series', () => [w.varintField(15, 1)], { status: 204, written: '0,0,0' }),
];
