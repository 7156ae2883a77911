import { isValues, UNKNOWN } from '../values.ts';

/** A role comes as a reference whose id is its name; in a preview it may not be known. */
export function arnOfRole(accountId: string, reference: unknown): string {
  const name = isValues(reference) ? reference.id : undefined;
  return typeof name !== 'string' || name === '' || name === UNKNOWN ? UNKNOWN : `arn:aws:iam::${accountId}:role/${name}`;
}
