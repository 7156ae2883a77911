/** Numbers of a seeded generator (mulberry32): the same seed makes the same inputs. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** @returns a whole number in [0, below) */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

const TELLING_BYTES = [0x00, 0x01, 0x02, 0x08, 0x09, 0x0a, 0x0d, 0x10, 0x12, 0x1a, 0x22, 0x2a, 0x7f, 0x80, 0x81, 0xfe, 0xff];
const TELLING_RUNS = [
  '80808080808080808001',
  'ffffffffffffffffff01',
  'ffffffffffffffffff7f',
  '8080808010',
  'ffffffff0f',
  'ffffffff07',
  '0b0c',
  '0a00',
  '2a00',
  '00',
].map((hex) => Buffer.from(hex, 'hex'));

/** One change or a few: bits, bytes, lengths, cuts, repeats, pieces of another input. */
export function mutate(input: Buffer, other: Buffer, chance: Chance): Buffer {
  let bytes: Buffer = Buffer.from(input);
  for (let changes = chance.of([1, 1, 1, 2, 2, 4]); changes > 0; changes--) bytes = chance.of(CHANGES)(bytes, other, chance);
  return bytes;
}

type Change = (bytes: Buffer, other: Buffer, chance: Chance) => Buffer;

const cut = (bytes: Buffer, chance: Chance): [from: number, to: number] => {
  const [a, b] = [chance.below(bytes.length + 1), chance.below(bytes.length + 1)];
  return [Math.min(a, b), Math.min(Math.max(a, b), Math.min(a, b) + 64)];
};
const joined = (...parts: Buffer[]) => Buffer.concat(parts);
const poke = (bytes: Buffer, chance: Chance, value: (old: number) => number) => {
  if (bytes.length === 0) return bytes;
  const at = chance.below(bytes.length);
  bytes[at] = value(bytes[at] as number);
  return bytes;
};

const CHANGES: Change[] = [
  (bytes, _, chance) => poke(bytes, chance, (old) => old ^ (1 << chance.below(8))),
  (bytes, _, chance) => poke(bytes, chance, () => chance.of(TELLING_BYTES)),
  // Most bytes of a small message that are not text are lengths, tags and references: neighbours are the likely mistakes.
  (bytes, _, chance) => poke(bytes, chance, (old) => old + chance.of([-2, -1, 1, 2])),
  (bytes, _, chance) => bytes.subarray(0, chance.below(bytes.length + 1)),
  (bytes, _, chance) => {
    const [from, to] = cut(bytes, chance);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  (bytes, _, chance) => {
    const [from, to] = cut(bytes, chance);
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  },
  (bytes, _, chance) => {
    const at = chance.below(bytes.length + 1);
    return joined(bytes.subarray(0, at), chance.of(TELLING_RUNS), bytes.subarray(at));
  },
  (bytes, other, chance) => {
    const at = chance.below(bytes.length + 1);
    const [from, to] = cut(other, chance);
    return joined(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at));
  },
];
