import type { FolderObject } from './object-folder.ts';
import { badRequest, xmlText } from './s3-error.ts';

const MAX_KEYS = 1000;

/**
 * ListObjectsV2 without delimiter. A continuation token is the last key of the page before it.
 * @param list keys that start with a prefix and come after a key, in order
 */
export async function listAnswer(
  bucket: string,
  query: ReadonlyMap<string, string>,
  list: (prefix: string, after: string) => AsyncIterable<FolderObject>,
): Promise<string> {
  const prefix = query.get('prefix') ?? '';
  const token = query.get('continuation-token');
  const after = token === undefined ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const maxKeys = readMaxKeys(query.get('max-keys'));
  const page: FolderObject[] = [];
  let isTruncated = false;
  for await (const object of list(prefix, after)) {
    isTruncated = page.length === maxKeys;
    if (isTruncated) break;
    page.push(object);
  }
  const next = isTruncated ? page.at(-1)?.key : undefined;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
    `<Name>${xmlText(bucket)}</Name><Prefix>${xmlText(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${maxKeys}</MaxKeys>`,
    `<IsTruncated>${next !== undefined}</IsTruncated>`,
    next === undefined ? '' : `<NextContinuationToken>${Buffer.from(next).toString('base64url')}</NextContinuationToken>`,
    ...page.map(
      ({ key, bytes, modifiedMs }) =>
        `<Contents><Key>${xmlText(key)}</Key><LastModified>${new Date(modifiedMs).toISOString()}</LastModified><Size>${bytes}</Size></Contents>`,
    ),
    '</ListBucketResult>',
  ].join('');
}

function readMaxKeys(text: string | undefined): number {
  if (text === undefined) return MAX_KEYS;
  if (!/^[0-9]{1,9}$/.test(text)) throw badRequest('InvalidArgument', 'max-keys is not a whole number');
  return Math.min(Number(text), MAX_KEYS);
}
