/** What a provider sees of a resource: plain JSON. A value that is not known yet is the string `UNKNOWN`, as on the wire. */
export type Values = { [key: string]: unknown };

export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
/** The key that marks a wrapped value on the wire, and the values it takes. */
export const WRAPPER = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';
const OUTPUT = 'd0e6a833031e9bbcd3f4e8bde6ca49a4';
export const RESOURCE = '5cf8f73096256a8f31e491e813e4eb8e';

/** Takes secrets and outputs out of their wrappers. A resource reference keeps its wrapper: it is a value of its own. */
export function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (!isValues(value)) return value;
  if (value[WRAPPER] === SECRET) return unwrap(value.value);
  if (value[WRAPPER] === OUTPUT) return 'value' in value ? unwrap(value.value) : UNKNOWN;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]));
}

/** Wraps a value that an answer marks as secret. */
export function secretValue(value: unknown): Values {
  return { [WRAPPER]: SECRET, value };
}

/** A reference to a registered resource, as an output of a component. */
export function resourceReference(urn: string, id: string): Values {
  return { [WRAPPER]: RESOURCE, urn, id, packageVersion: '' };
}

export function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function holdsUnknown(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsUnknown);
  if (isValues(value)) return Object.values(value).some(holdsUnknown);
  return typeof value === 'string' && value.includes(UNKNOWN);
}

/**
 * All values under a path such as `vpcConfig.subnetIds[]`; `[]` goes through a list.
 * Absent and unknown values are left out.
 */
export function valuesAt(root: Values, path: string): unknown[] {
  let found: unknown[] = [root];
  for (const part of path.split('.')) {
    const [key, isList] = part.endsWith('[]') ? [part.slice(0, -2), true] : [part, false];
    found = found.flatMap((value) => (isValues(value) ? [value[key]] : []));
    if (isList) found = found.flatMap((value) => (Array.isArray(value) ? value : []));
  }
  return found.filter((value) => value !== undefined && value !== null && value !== UNKNOWN);
}

/** @returns the text at a path, '' when it is absent or not known */
export function textAt(root: Values, path: string): string {
  const [value] = valuesAt(root, path);
  return typeof value === 'string' ? value : '';
}
