export type Values = Record<string, unknown>;

/** A resource as the rules see it: what the program asks for, before anything is made. */
export type PolicyResource = {
  urn: string;
  /** `aws:s3/bucket:Bucket` */
  type: string;
  /** In the program. */
  name: string;
  /** What a preview cannot know yet is `UNKNOWN`. */
  inputs: Values;
  /** Name of the provider that makes it; components have none. */
  provider?: string;
  /** By input: URNs of the resources whose outputs stand in it. */
  refersTo: Record<string, string[]>;
};

export type Violation = { urn: string; says: string };

/** A rule says what is wrong with a resource, or with what stands beside it in the stack. Nothing wrong: an empty list. */
export type Rule = { name: string; demands: string } & (
  | { of: 'resource'; check: (resource: PolicyResource) => string[] }
  | { of: 'stack'; check: (resources: PolicyResource[]) => Violation[] }
);

/** Stands for text that only an up can know. A rule lets it pass: it sees the value in the up, before the resource is made. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
export const isUnknown = (value: unknown) => typeof value === 'string' && value.includes(UNKNOWN);

export function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns what stands under `a.b.c`; undefined where it is absent, `UNKNOWN` where it or what holds it is not known yet */
export function at(root: unknown, path: string): unknown {
  let value = root;
  for (const key of path.split('.')) {
    if (isUnknown(value)) return UNKNOWN;
    value = isValues(value) ? value[key] : undefined;
  }
  return value;
}

/** @returns the items of a list; one that is absent or not known yet has none */
export function listAt(root: unknown, path: string): unknown[] {
  const value = at(root, path);
  return Array.isArray(value) ? value : [];
}

/** Providers take `true` and `"true"` for the same in some inputs. */
export const isTrue = (value: unknown) => value === true || value === 'true' || isUnknown(value);
