/** Examples of documentation that no stack can run with. */
const EXAMPLES: [RegExp, string][] = [
  [/(^|\D)(111122223333|123456789012|444455556666)(\D|$)/, 'an account of AWS’s documentation'],
  [/^(192\.0\.2|198\.51\.100|203\.0\.113)\./, 'a block of addresses for documentation: nobody comes from there'],
  [/@sha256:0{64}$/, 'no digest of an image'],
  [/(^|[/.@])example\.(com|org|net)([/:]|$)/, 'a host for documentation'],
];

export type Placeholder = { path: string; why: string };

/** Values that were left as the examples have them, wherever they stand. */
export function placeholders(value: unknown, path = ''): Placeholder[] {
  if (typeof value === 'string')
    return EXAMPLES.filter(([form]) => form.test(value)).map(([, why]) => ({ path, why: `${value} is ${why}` }));
  if (Array.isArray(value)) return value.flatMap((item, index) => placeholders(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => placeholders(inner, path === '' ? key : `${path}.${key}`));
}
