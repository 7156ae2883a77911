import type { BatchBuilder } from './batch.ts';
import type { Wire } from './wire.ts';

// A series' samples, field 2 in remote write 1.0 and 2.0, as every sender writes them: value (left out when it is 0) and time, in order.
const SAMPLES_TAG = 0x12;
const VALUE_TAG = 0x09;
const TIMESTAMP_TAG = 0x10;
/** A time between 1971 and 2109 takes six bytes; with the tags and eight bytes of value that makes these lengths. */
const TIME_BYTES = 6;
const LENGTH_OF_ZERO = 1 + TIME_BYTES;
const LENGTH_OF_VALUE = LENGTH_OF_ZERO + 9;
/** Metadata of remote write 2.0, which is passed over. */
const METADATA_TAG = 0x2a;

/**
 * Looks whether a series goes on from `at` to its end with samples in their usual form and nothing else but metadata. It reads no byte
 * beyond `end` and throws nothing: whatever is unusual is left to the decoder that knows all forms.
 * @returns how many samples stand there, -1 for any other content
 */
export function countPlainSamples({ view }: Wire, at: number, end: number): number {
  let samples = 0;
  let from = at;
  while (end - from >= 2 + LENGTH_OF_ZERO && view.getUint8(from) === SAMPLES_TAG) {
    const length = view.getUint8(from + 1);
    const to = from + 2 + length;
    if (length === LENGTH_OF_VALUE) {
      if (to > end || view.getUint8(from + 2) !== VALUE_TAG) return -1;
    } else if (length !== LENGTH_OF_ZERO) return -1;
    if (view.getUint8(to - TIME_BYTES - 1) !== TIMESTAMP_TAG || !isTime(view, to - TIME_BYTES)) return -1;
    samples++;
    from = to;
  }
  if (end - from >= 2 && view.getUint8(from) === METADATA_TAG && view.getUint8(from + 1) < 0x80) from += 2 + view.getUint8(from + 1);
  return from === end ? samples : -1;
}

/** Takes samples that `countPlainSamples` has counted at this place. */
export function takePlainSamples({ view }: Wire, at: number, samples: number, series: number, builder: BatchBuilder): void {
  let from = at;
  for (let left = samples; left > 0; left--) {
    const hasValue = view.getUint8(from + 1) === LENGTH_OF_VALUE;
    const low = hasValue ? view.getUint32(from + 3, true) : 0;
    const high = hasValue ? view.getUint32(from + 7, true) : 0;
    from += 2 + (hasValue ? LENGTH_OF_VALUE : LENGTH_OF_ZERO);
    builder.sample(series, timeAt(view, from - TIME_BYTES), low, high);
  }
}

/** Five bytes that go on and one that does not. */
function isTime(view: DataView, at: number): boolean {
  return (view.getInt32(at) & 0x80808080) === (0x80808080 | 0) && (view.getUint16(at + 4) & 0x8080) === 0x8000;
}

/** A varint of six bytes: 28 bits, then 14. */
function timeAt(view: DataView, at: number): number {
  const low = view.getInt32(at, true);
  const high = view.getUint16(at + 4, true);
  const low28 = (low & 0x7f) | ((low >>> 1) & 0x3f80) | ((low >>> 2) & 0x1fc000) | ((low >>> 3) & 0xfe00000);
  return low28 + ((high & 0x7f) | ((high >>> 1) & 0x3f80)) * 2 ** 28;
}
