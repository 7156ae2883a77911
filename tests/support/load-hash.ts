/** A number of 32 bits that two others decide: chance that is the same in every run. */
export function hash(a: number, b: number): number {
  let mix = Math.imul(a + 0x9e3779b9, 0x85ebca6b) ^ Math.imul((b % 0x7fffffff) + 0x165667b1, 0xc2b2ae35);
  mix = Math.imul(mix ^ (mix >>> 15), 0x2c1b3c6d);
  mix = Math.imul(mix ^ (mix >>> 12), 0x297a2d39);
  return (mix ^ (mix >>> 15)) >>> 0;
}

/** The same, between 0 and 1. */
export function fraction(a: number, b: number): number {
  return hash(a, b) / 2 ** 32;
}
