import type { UploadAnswer, UploadAnswer2024, UploadFile } from '@tallyship/shared/contracts/upload-wire';
import type { ObjectStore } from '@tallyship/shared/storage/object-store';
import { badRequest } from '../http/bad-request.ts';
import { namelessKey, objectKey } from './object-key.ts';
import type { UploadQuery } from './upload-query.ts';

/** Gives a URL for each file, by reference id. @throws HttpError 400 for an id that has no place in the lake */
export async function answerUpload(
  store: Pick<ObjectStore, 'presignPut'>,
  files: readonly UploadFile[],
  { identity, shipperId }: UploadQuery,
  expiresS: number,
): Promise<UploadAnswer> {
  const keyed = files.map((file) => ({ file, key: objectKey(file.reference_id, identity, shipperId) }));
  const entries = await Promise.all(
    keyed.map(async ({ file: { reference_id, size, sha_256 }, key }) => {
      const bound = size === undefined || sha_256 === undefined ? {} : { bound: { bytes: size, sha256: sha_256 } };
      return [reference_id, await store.presignPut(key, { expiresS, ...bound })] as const;
    }),
  );
  return Object.fromEntries(entries);
}

/** The protocol of 2024: exactly `count` URLs, because its agents pair them by index and crash when there are fewer. */
export async function answerUpload2024(
  store: Pick<ObjectStore, 'presignPut'>,
  { identity, shipperId, count }: UploadQuery,
  expiresS: number,
  { nowMs, unique }: { nowMs: number; unique: () => string },
): Promise<UploadAnswer2024> {
  if (count === undefined) throw badRequest('count is missing from the query; without a body it says how many URLs are wanted');
  const keys = Array.from({ length: count }, () => namelessKey(identity, shipperId, unique(), nowMs));
  return { urls: await Promise.all(keys.map((key) => store.presignPut(key, { expiresS }))) };
}
