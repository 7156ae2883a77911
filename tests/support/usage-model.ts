/**
 * The usage rules, written a second time and naively, from raw samples: what a part holds, and what a series-hour must come to however the
 * stream was cut. Imports nothing of the product.
 */
export type Sample = { ts: number; value: number | null };
export type Stream = { labels: Record<string, string>; haReplica?: string; samples: Sample[] };
export type HourUse = { integral: number; covered: number; increase: number; n: number };

const HOUR = 3_600_000;
const HOLD = 300_000;
const COLUMNS = ['metric', 'namespace', 'pod', 'container', 'node', 'job', 'instance', 'uid', 'resource', 'unit', 'id', 'image', 'name'];

/** Columns that say which series a row belongs to. */
export function seriesCells(stream: Stream): Record<string, string> {
  const cells: Record<string, string> = {};
  const rest: Record<string, string> = {};
  for (const name of Object.keys(stream.labels).sort()) {
    if (COLUMNS.includes(name)) cells[name] = stream.labels[name];
    else rest[name] = stream.labels[name];
  }
  const ha_replica = stream.haReplica ?? '';
  return { ...cells, ha_replica, labels: JSON.stringify(rest), series_id: JSON.stringify([cells, rest, ha_replica]) };
}

/** The usage row of the samples that one file of one hour got; undefined when it got none. */
export function partRow(stream: Stream, samples: readonly Sample[]): Record<string, unknown> | undefined {
  if (samples.length === 0) return undefined;
  const events = cleaned(samples);
  const values = events.filter((event) => event.value !== null) as { ts: number; value: number }[];
  const markers = events.filter((event) => event.value === null);
  const first = values[0];
  const last = values[values.length - 1];
  let integral = 0;
  let covered = 0;
  let increase = 0;
  let resets = 0;
  events.forEach((event, i) => {
    if (event.value === null || i + 1 === events.length) return;
    const held = Math.min(events[i + 1].ts - event.ts, HOLD) / 1000;
    integral += event.value * held;
    covered += held;
  });
  for (let i = 1; i < values.length; i++) {
    increase += values[i].value >= values[i - 1].value ? values[i].value - values[i - 1].value : values[i].value;
    if (values[i].value < values[i - 1].value) resets++;
  }
  const numbers = values.map(({ value }) => value);
  return {
    ...seriesCells(stream),
    first_ts: first?.ts,
    last_ts: last?.ts,
    stale_before_ts: markers.find(({ ts }) => !first || ts < first.ts)?.ts,
    stale_after_ts: markers.find(({ ts }) => !last || ts > last.ts)?.ts,
    n: values.length,
    skipped: samples.filter(({ value }) => value !== null && !Number.isFinite(value)).length,
    resets,
    first: first?.value,
    last: last?.value,
    min: first && Math.min(...numbers),
    max: first && Math.max(...numbers),
    sum: first && numbers.reduce((a, b) => a + b, 0),
    integral,
    covered,
    increase,
  };
}

/**
 * Each hour's use of a whole stream, walked sample by sample.
 * @param startMs when the container of a new counter started; without one a counter counts from its first value
 */
export function hourlyUse(samples: readonly Sample[], startMs?: number): Map<number, HourUse> {
  const use = new Map<number, HourUse>();
  const at = (ts: number): HourUse => {
    const hour = Math.floor(ts / HOUR) * HOUR;
    const found = use.get(hour) ?? { integral: 0, covered: 0, increase: 0, n: 0 };
    use.set(hour, found);
    return found;
  };
  /** Calls back with the part of [from, to) in each hour, in milliseconds. */
  const spread = (from: number, to: number, each: (hour: HourUse, ms: number) => void) => {
    for (let t = from; t < to; ) {
      const end = Math.min(to, Math.floor(t / HOUR) * HOUR + HOUR);
      each(at(t), end - t);
      t = end;
    }
  };
  const measured = new Map<HourUse, number>();
  const grow = (from: number, to: number, growth: number) => {
    if (from === to) at(to).increase += growth;
    spread(from, to, (hour, ms) => {
      hour.increase += (growth * ms) / (to - from);
      measured.set(hour, (measured.get(hour) ?? 0) + ms);
    });
  };
  const tails: { from: number; to: number }[] = [];

  const events = cleaned(samples);
  let previous: { ts: number; value: number } | undefined;
  events.forEach((event, i) => {
    if (event.value === null) return;
    const value = event.value;
    at(event.ts).n++;
    const until = Math.min(events[i + 1]?.ts ?? Number.POSITIVE_INFINITY, event.ts + HOLD);
    spread(event.ts, until, (hour, ms) => {
      hour.integral += (value * ms) / 1000;
      hour.covered += ms / 1000;
    });
    if (previous && event.ts - previous.ts <= HOUR) {
      grow(previous.ts, event.ts, value >= previous.value ? value - previous.value : value);
    } else if (startMs !== undefined && startMs <= event.ts && startMs >= event.ts - HOUR) {
      grow(startMs, event.ts, value);
    }
    previous = { ts: event.ts, value };
    const next = events[i + 1];
    const comesBack = events.slice(i + 1).find((later) => later.value !== null);
    const isEnd = next?.value === null && next.ts - event.ts <= HOLD && (!comesBack || comesBack.ts - event.ts > HOUR);
    if (isEnd) tails.push({ from: event.ts, to: (event.ts + next.ts) / 2 });
  });
  for (const { from, to } of tails) {
    const hour = at(from);
    const rate = hour.increase / (measured.get(hour) ?? 0);
    if (Number.isFinite(rate)) spread(from, to, (each, ms) => (each.increase += rate * ms));
  }
  return use;
}

/** In time order, one event per time: the greatest finite value, else the marker. */
function cleaned(samples: readonly Sample[]): Sample[] {
  const byTime = new Map<number, number | null>();
  for (const { ts, value } of samples) {
    if (value !== null && !Number.isFinite(value)) continue;
    const known = byTime.get(ts);
    byTime.set(ts, value === null ? (known ?? null) : known === undefined || known === null ? value : Math.max(known, value));
  }
  return [...byTime].map(([ts, value]) => ({ ts, value })).sort((a, b) => a.ts - b.ts);
}
