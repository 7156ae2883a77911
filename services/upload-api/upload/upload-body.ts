import { MAX_FILES_PER_CALL, type UploadFile } from '@tallyship/shared/contracts/upload-wire';
import { z } from 'zod';
import { badRequest } from '../http/bad-request.ts';

/** Unknown members are let through: CloudZero's agents may come to declare more. */
const uploadBody = z.object({
  shipperId: z.string().optional(),
  files: z
    .array(
      z
        .object({
          reference_id: z.string().max(400, 'is longer than 400 characters'),
          sha_256: z
            .string()
            .regex(/^[0-9a-f]{64}$/, 'is not 64 lower-case hex digits')
            .optional(),
          size: z.int().min(0).optional(),
        })
        .refine(({ sha_256, size }) => (sha_256 === undefined) === (size === undefined), 'has one of sha_256 and size; both or neither'),
    )
    .max(MAX_FILES_PER_CALL, `holds more than ${MAX_FILES_PER_CALL} files`),
});

export type UploadBody = { shipperId?: string | undefined; files: UploadFile[] };

/** @throws HttpError 400 with every fault and its place */
export function readUploadBody(body: Buffer): UploadBody {
  return readJson(uploadBody, body) as UploadBody;
}

/** @throws HttpError 400 with every fault and its place, at most ten */
export function readJson<T>(schema: z.ZodType<T>, body: Buffer): T {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw badRequest('the body is not JSON');
  }
  const result = schema.safeParse(parsed);
  if (result.success) return result.data;
  const faults = result.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`);
  throw badRequest(faults.join('; '));
}
