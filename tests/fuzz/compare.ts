import { BatchBuilder } from '../../services/collector/decode/batch.ts';
import { decodeRequest, type WriteVersion } from '../../services/collector/decode/decode-request.ts';
import { type IngestLimits, RequestTooLarge } from '../../services/collector/decode/limits.ts';
import { type KernelKind, SeriesTable } from '../../services/collector/decode/series-table.ts';
import { decompressBlock } from '../../services/collector/decode/snappy-block.ts';
import { MalformedBody } from '../../services/collector/decode/wire.ts';
import { formOf } from '../support/remote-write-form.ts';
import { readMessage } from '../support/remote-write-messages.ts';
import { takeSeries } from '../support/remote-write-model.ts';
import { rowsFault } from './rows-fault.ts';

export const RECEIVED_MS = Date.UTC(2026, 6, 10, 10, 30);
export const MAX_DECODED_BYTES = 1024 * 1024;
/** As shipped but small, so that inputs of a few kilobytes reach them. */
export const LIMITS: IngestLimits = {
  maxSampleAgeMs: 7 * 86_400_000,
  maxSampleFutureMs: 600_000,
  maxLabels: 12,
  maxLabelNameBytes: 40,
  maxLabelValueBytes: 100,
  maxRequestSamples: 2_000,
  maxRequestSeries: 500,
  maxHistogramBuckets: 40,
};
const MAX_TABLE_BYTES = 4 * 1024 * 1024;

export const KERNELS: readonly KernelKind[] = ['wasm', 'typescript'];

/** The decoder under test, as the collector holds it: one table and one builder over many requests. */
export class Decoder {
  readonly #kernel: KernelKind;
  #table: SeriesTable;
  readonly #builder = new BatchBuilder();

  constructor(kernel: KernelKind) {
    this.#kernel = kernel;
    this.#table = new SeriesTable('prometheus_replica', LIMITS, kernel);
  }

  /** @throws MalformedBody, RequestTooLarge; anything else is a fault */
  decode(body: Buffer, version: WriteVersion) {
    if (this.#table.bytes > MAX_TABLE_BYTES) this.#table = new SeriesTable('prometheus_replica', LIMITS, this.#kernel);
    const context = {
      table: this.#table,
      builder: this.#builder,
      limits: LIMITS,
      receivedAtMs: RECEIVED_MS,
      maxDecodedBytes: MAX_DECODED_BYTES,
    };
    return decodeRequest(body, version, context);
  }
}

/** How the two readings of one input relate. The kinds of difference that are allowed, with their reasons, are these and no others. */
export type Verdict = 'same rows' | 'both refuse' | 'too large' | keyof typeof ALLOWED;
export const ALLOWED = {
  'stricter: wire type': 'a known field of a wrong type, which protobufjs passes over, would lose data in silence',
  'stricter: groups': 'no remote write message has groups; protobufjs skips them',
  'stricter: 64 bits': 'a varint of more than 64 bits is cut to size by protobufjs',
  'stricter: 32 bits': 'a tag or length of more than 32 bits is cut to size or refused late by protobufjs',
  'stricter: run that breaks off': 'protobufjs reads past the end of a packed run into the field after it',
  'stricter: first symbol': 'the specification asks for an empty first symbol',
  'wider: not read': 'metadata is passed over unread, so its inside may be anything',
  'wider: lengths in ten bytes': 'protobuf allows up to ten bytes for any varint; protobufjs wants lengths and tags in five',
  'other rows: over 32 bits': 'protobufjs cuts to 32 bits; here such a reference leads nowhere, and such a histogram is refused',
} as const;

/** @throws Error that says what is wrong */
export function compare(decoder: Decoder, body: Buffer, version: WriteVersion): Verdict {
  const ours = attempt(() => decoder.decode(body, version));
  if (ours.error instanceof RequestTooLarge) return 'too large';
  if (ours.error && !(ours.error instanceof MalformedBody)) throw ours.error;
  const message = attempt(() => decompressBlock(body, MAX_DECODED_BYTES)).value;
  if (!message) return 'both refuse';
  const form = formOf(version, message);
  const oracle = attempt(() => readMessage(version, message));
  if (ours.error) {
    if (oracle.error) return 'both refuse';
    for (const why of ['wire type', 'groups', '64 bits', '32 bits', 'run that breaks off'] as const)
      if (form.has(why)) return `stricter: ${why}`;
    const symbols = oracle.value?.symbols ?? [];
    if (symbols.length > 0 && symbols[0]?.length !== 0) return 'stricter: first symbol';
    throw new Error(`refused without a reason on the list: ${(ours.error as Error).message}`);
  }
  const batch = ours.value as NonNullable<typeof ours.value>;
  if (oracle.error) {
    if (form.has('long varint')) return 'wider: lengths in ten bytes';
    if (form.has('fault in what is not read')) return 'wider: not read';
    throw new Error(`taken, but protobufjs says: ${(oracle.error as Error).message}`);
  }
  const expected = takeSeries((oracle.value as NonNullable<typeof oracle.value>).series, LIMITS, RECEIVED_MS);
  const fault = rowsFault(batch, expected);
  if (fault && form.has('32 bits')) return 'other rows: over 32 bits';
  if (fault) throw new Error(fault);
  return 'same rows';
}

function attempt<T>(work: () => T): { value?: T; error?: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}
