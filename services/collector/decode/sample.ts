import type { BatchBuilder } from './batch.ts';
import { FIXED64, type Wire } from './wire.ts';

// Sample is the same message in remote write 1.0 and 2.0, start_timestamp (3, read over) apart.
const VALUE = 1;
const TIMESTAMP = 2;

/**
 * Reads the sample message that stands next into the builder.
 * @param series -1 for a refused series, whose samples are checked for their form alone
 */
export function decodeSample(wire: Wire, series: number, builder: BatchBuilder): void {
  const outer = wire.open();
  let low = 0;
  let high = 0;
  let timeMs = 0;
  while (wire.next()) {
    if (wire.field === VALUE) {
      wire.expect(FIXED64);
      const at = wire.at;
      wire.advance(8);
      low = wire.bytes.readUInt32LE(at);
      high = wire.bytes.readUInt32LE(at + 4);
    } else if (wire.field === TIMESTAMP) timeMs = wire.int64();
    else wire.skip();
  }
  wire.close(outer);
  if (series >= 0) builder.sample(series, timeMs, low, high);
}
