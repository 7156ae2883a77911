import { S3Error } from './s3-error.ts';

/**
 * The one range of a Range header, both ends included.
 * @returns undefined for the whole object: no header, several ranges, or a form that HTTP says to ignore
 * @throws S3Error 416 for a range that lies outside
 */
export function readByteRange(header: string | undefined, bytes: number): { from: number; to: number } | undefined {
  const parts = /^bytes=(?<first>[0-9]{0,15})-(?<last>[0-9]{0,15})$/.exec(header ?? '')?.groups;
  if (!parts || (parts.first === '' && parts.last === '')) return undefined;
  const isSuffix = parts.first === '';
  const from = isSuffix ? Math.max(0, bytes - Number(parts.last)) : Number(parts.first);
  const to = isSuffix || parts.last === '' ? bytes - 1 : Math.min(Number(parts.last), bytes - 1);
  if (!isSuffix && parts.last !== '' && Number(parts.last) < from) return undefined;
  if (from >= bytes) throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable');
  return { from, to };
}
