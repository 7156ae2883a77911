import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

export type StoreAddress = { url: string; bucket: string; credentials: { accessKeyId: string; secretAccessKey: string } };
export type PresignOptions = {
  expiresS?: number;
  /** Signed as headers, as they should be. */
  bytes?: number;
  sha256?: string;
  /** Lets the checksum move into the query, where most stores do not look. */
  isHoisted?: boolean;
  /** What the SDK does when it is not told otherwise: a checksum of an empty body in the URL. */
  isDefaultChecksum?: boolean;
  signingDate?: Date;
  credentials?: StoreAddress['credentials'];
};

/** A client as an owner of the store would make one. */
export function storeClient(
  { url, credentials }: StoreAddress,
  requestChecksumCalculation: 'WHEN_REQUIRED' | 'WHEN_SUPPORTED' = 'WHEN_REQUIRED',
) {
  return new S3Client({ region: 'us-east-1', endpoint: url, forcePathStyle: true, credentials, requestChecksumCalculation });
}

/** A presigned PUT by the AWS SDK itself. `sha256` is base64. */
export async function presignPut(store: StoreAddress, key: string, options: PresignOptions = {}): Promise<string> {
  const {
    expiresS = 60,
    bytes,
    sha256,
    isHoisted = false,
    isDefaultChecksum = false,
    signingDate,
    credentials = store.credentials,
  } = options;
  const client = storeClient({ ...store, credentials }, isDefaultChecksum ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED');
  const command = new PutObjectCommand({
    Bucket: store.bucket,
    Key: key,
    ...(bytes !== undefined && { ContentLength: bytes }),
    ...(sha256 !== undefined && { ChecksumSHA256: sha256 }),
  });
  const unhoistableHeaders = new Set(isHoisted ? [] : ['content-length', 'x-amz-checksum-sha256']);
  return getSignedUrl(client, command, { expiresIn: expiresS, unhoistableHeaders, ...(signingDate && { signingDate }) }).finally(() =>
    client.destroy(),
  );
}
