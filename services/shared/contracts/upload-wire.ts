/**
 * The wire between a shipper and an upload API: CloudZero's protocol, which both of our sides speak, with two optional members that
 * CloudZero declares and never fills (`sha_256`, `size`). Where they are given, the upload URL is bound to them.
 */

export const UPLOAD_BASE_PATH = '/v1/container-metrics';
export const MAX_FILES_PER_CALL = 200;

export const UPLOAD_HEADERS = {
  shipperId: 'x-cloudzero-shipper-id',
  version: 'x-cloudzero-version',
  /** In an answer: JSON array of ReplayOrder, one line. */
  replay: 'x-cloudzero-replay',
} as const;

/** A file of an upload request. `sha_256` is hex, `size` bytes; both or neither. */
export type UploadFile = { reference_id: string; sha_256?: string; size?: number };
export type UploadRequest = { shipperId: string; files: UploadFile[] };
/** Upload URL by reference id. An id that is missing waits for a later call. */
export type UploadAnswer = Record<string, string>;
/** The 2024 protocol: the request has no body, URLs pair with files by index. */
export type UploadAnswer2024 = { urls: string[] };
export type ReplayOrder = { ref_id: string; url: string };
export type AbandonRequest = { reference_id: string; reason: string }[];

/** Header that carries the checksum of a PUT whose URL is bound to it: SHA-256, base64. */
export const CHECKSUM_HEADER = 'x-amz-checksum-sha256';
