import { HttpError } from './http-error.ts';

/**
 * Reads a body whole, counting as it comes.
 * @throws HttpError 413 over `maxBytes`, 400 when the sender breaks off
 */
export async function readBody(
  stream: AsyncIterable<Uint8Array> | null,
  contentLength: string | undefined,
  maxBytes: number,
): Promise<Buffer> {
  const tooLarge = (bytes: number) => new HttpError(413, `body of ${bytes} bytes or more, limit ${maxBytes}; raise MAX_BODY_BYTES`);
  if (Number(contentLength ?? 0) > maxBytes) throw tooLarge(Number(contentLength));
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream ?? []) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(bytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, 'the body broke off');
  }
  return Buffer.concat(chunks, bytes);
}
