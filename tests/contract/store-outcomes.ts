/** What each store does in the cases of store-cases.ts. docs/protocols.md lists the rows in which they differ. */
export const STORE_OUTCOMES = {
  'a presigned PUT': { local: '200', versitygw: '200', moto: '200' },
  'a presigned PUT of no bytes': { local: '200', versitygw: '200', moto: '200' },
  'a second PUT replaces the first': { local: '200', versitygw: '200', moto: '200' },
  'bound to length and hash, kept': { local: '200', versitygw: '200', moto: '200' },
  'bound, a shorter body': { local: '403 SignatureDoesNotMatch', versitygw: '403 SignatureDoesNotMatch', moto: '200' },
  'bound, a longer body': { local: '403 SignatureDoesNotMatch', versitygw: '403 SignatureDoesNotMatch', moto: '200' },
  'bound, another body of that length': { local: '400 BadDigest', versitygw: '400 BadDigest', moto: '200' },
  'bound, the checksum of another body': { local: '403 SignatureDoesNotMatch', versitygw: '403 SignatureDoesNotMatch', moto: '200' },
  'bound, no checksum sent': { local: '403 SignatureDoesNotMatch', versitygw: '403 SignatureDoesNotMatch', moto: '200' },
  'checksum hoisted into the query, another body': { local: '400 BadDigest', versitygw: '200', moto: '200' },
  "the SDK's default checksum of an empty body in the URL": { local: '400 BadDigest', versitygw: '200', moto: '200' },
  expired: { local: '403 AccessDenied', versitygw: '403 AccessDenied', moto: '200' },
  'life prolonged by hand': { local: '403 SignatureDoesNotMatch', versitygw: '403 SignatureDoesNotMatch', moto: '200' },
  'signed for an hour from now': { local: '403 AccessDenied', versitygw: '200', moto: '200' },
  'another signature': { local: '403 SignatureDoesNotMatch', versitygw: '403 SignatureDoesNotMatch', moto: '200' },
  'no signature': { local: '403 AccessDenied', versitygw: '403 AccessDenied', moto: '200' },
  'another key than the signed one': { local: '403 SignatureDoesNotMatch', versitygw: '403 SignatureDoesNotMatch', moto: '200' },
  'the wrong secret': { local: '403 SignatureDoesNotMatch', versitygw: '403 SignatureDoesNotMatch', moto: '200' },
  'an unknown access key': { local: '403 InvalidAccessKeyId', versitygw: '404 XAdminUserNotFound', moto: '200' },
  'DELETE with the URL of a PUT': { local: '403 SignatureDoesNotMatch', versitygw: '403 SignatureDoesNotMatch', moto: '204' },
  'a right Content-MD5': { local: '200', versitygw: '200', moto: '200' },
  'a wrong Content-MD5': { local: '400 BadDigest', versitygw: '400 BadDigest', moto: '200' },
  'a Content-MD5 that is none': { local: '400 InvalidDigest', versitygw: '400 InvalidDigest', moto: '200' },
  'an unsigned x-amz-checksum-sha256 of another body': { local: '403 AccessDenied', versitygw: '403 AccessDenied', moto: '200' },
  'an unsigned x-amz-meta header': { local: '403 AccessDenied', versitygw: '403 AccessDenied', moto: '200' },
  'an unsigned header of no meaning': { local: '200', versitygw: '200', moto: '200' },
  'If-None-Match: * where there is nothing': { local: '200', versitygw: '200', moto: '200' },
  'If-None-Match: * where there is an object': {
    local: '412 PreconditionFailed',
    versitygw: '412 PreconditionFailed',
    moto: '412 PreconditionFailed',
  },
  'eight If-None-Match: * at one time': { local: '1 of 8 win', versitygw: '1 of 8 win', moto: '1 of 8 win' },
  'no Content-Length (chunked)': { local: '411 MissingContentLength', versitygw: '411 MissingContentLength', moto: '200' },
  'a body that breaks off': { local: 'nothing there', versitygw: 'nothing there', moto: 'nothing there' },
  'a replacement that breaks off': { local: '3500 bytes', versitygw: '3500 bytes', moto: '3500 bytes' },
  'a key that leaves the bucket': { local: '400 InvalidArgument', versitygw: '400 400', moto: '200' },
  'GET, the first bytes': { local: '206', versitygw: '206', moto: '206' },
  'GET, bytes in the middle': { local: '206', versitygw: '206', moto: '206' },
  'GET, from a byte to the end': { local: '206', versitygw: '206', moto: '206' },
  'GET, the last bytes': { local: '206', versitygw: '206', moto: '206' },
  'GET, a range that passes the end': { local: '206', versitygw: '206', moto: '206' },
  'GET, a range behind the end': { local: '416 InvalidRange', versitygw: '416 InvalidRange', moto: '416 InvalidRange' },
  'GET of what is not there': { local: '404 NoSuchKey', versitygw: '404 NoSuchKey', moto: '404 NoSuchKey' },
} as const satisfies Record<string, Record<string, string>>;

export type StoreName = 'local' | 'versitygw' | 'moto';

/** Whether an outcome lets through what another one refuses. */
export function isLaxer(outcome: string, than: string): boolean {
  return !/^[45]/.test(outcome) && /^[45]/.test(than);
}
