/** A small seeded generator (mulberry32): the same seed gives the same cluster on every machine. */
export type Random = {
  /** in [0, 1) */
  next(): number;
  between(low: number, high: number): number;
  integer(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  hex(digits: number): string;
  /** `length` of the letters and digits that Kubernetes uses for generated names */
  suffix(length: number): string;
  uuid(): string;
};

const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  const letters = (alphabet: string, length: number) => Array.from({ length }, () => alphabet[integer(0, alphabet.length - 1)]).join('');
  const hex = (digits: number) => letters('0123456789abcdef', digits);
  return {
    next,
    integer,
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: (items) => items[integer(0, items.length - 1)] as (typeof items)[number],
    hex,
    suffix: (length) => letters(NAME_ALPHABET, length),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  };
}
