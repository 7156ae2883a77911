import { bitsOf } from '../../support/remote-write-messages.ts';
import * as w from '../../support/remote-write-wire.ts';
import { NOW, V1, V2 } from './hostile-door.ts';

/** A request, and everything a sender and a reader of the lake must find afterwards. */
export type HostileCase = {
  name: string;
  method?: string;
  path?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** Made when it is sent: some are large. Absent: no body. */
  body?: () => Uint8Array;
  status: number;
  /** Written headers: samples, histograms, exemplars. Default: none written. */
  written?: string;
  /** What the message must say. */
  says?: RegExp;
  /** Rows in the lake. Default: none. */
  stored?: StoredRow[];
};
export type StoredRow = { labels: Record<string, string>; timeMs: number; bits: bigint };

export const NO_HEADERS = ',,';
export const T = NOW - 60_000;
export const ONE = bitsOf(1);

/** A well-formed series of either version, for standing beside bad ones. */
export const goodV1 = (name = 'good', timeMs = T, bits = ONE) => w.seriesV1(w.label('__name__', name), w.sample(timeMs, bits));
export const stored = (name = 'good', timeMs = T, bits = ONE): StoredRow => ({ labels: { __name__: name }, timeMs, bits });
/** Symbols 1 and 2 are `__name__` and `good`: what the references of `GOOD_V2` lead to. */
export const SYMBOLS = w.symbols('', '__name__', 'good');
export const GOOD_V2 = w.seriesV2(w.refs(1, 2), w.sample(T, ONE));

/** A request of remote write 1.0 whose message is a run of fields. */
export const v1 = (name: string, parts: () => Uint8Array[], expected: Partial<HostileCase> & { status: number }): HostileCase => ({
  name: `v1: ${name}`,
  headers: V1,
  body: () => w.block(w.message(...parts())),
  ...expected,
});
export const v2 = (name: string, parts: () => Uint8Array[], expected: Partial<HostileCase> & { status: number }): HostileCase => ({
  name: `v2: ${name}`,
  headers: V2,
  body: () => w.block(w.message(...parts())),
  ...expected,
});
