import { readBody as readShared } from '@tallyship/shared/runtime/read-body';

/** @throws HttpError 413 over `maxBytes`, 400 when the sender breaks off */
export async function readBody(
  stream: AsyncIterable<Uint8Array> | null,
  contentLength: string | undefined,
  maxBytes: number,
): Promise<Buffer> {
  return (await readShared(stream, contentLength, { maxBytes, remedy: 'raise MAX_BODY_BYTES' })).body;
}
