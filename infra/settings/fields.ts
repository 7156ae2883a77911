import { z } from 'zod';

// Forms that several sections share. A message follows the key it is about: `tallyship:aws.accountId: is not 12 digits`.

export const accountId = z.string('is not text; quote it, an account may begin with 0').regex(/^[0-9]{12}$/, 'is not 12 digits');
export const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-[0-9]$/, { error: 'is not a region such as us-east-1', abort: true });
export const arn = (service: string) =>
  z.string().regex(new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]*:([0-9]{12}|aws)?:.+$`), `is not an ARN of ${service}`);
export const bucketName = z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is not a bucket name (3 to 63 of a-z 0-9 . -)');
export const days = (max: number) => z.int('is not a whole number of days').min(1, 'is below 1').max(max, `is above ${max}`);
/** CloudWatch takes these and no others. */
export const logDays = z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827], {
  error: ({ input }) =>
    input === undefined ? 'is required' : 'is not a retention that CloudWatch Logs has (1, 3, 5, 7, 14, 30, 60, 90, … days)',
});
export const count = (min: number, max: number) => z.int('is not a whole number').min(min, `is below ${min}`).max(max, `is above ${max}`);
export const dnsLabel = z.string().regex(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, 'is not a name of a-z 0-9 - (at most 40, a letter first)');

const octet = '(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])';
const CIDR = new RegExp(`^(${octet}\\.){3}${octet}/([0-9]|[12][0-9]|3[0-2])$`);
export const cidr = z
  .string()
  .regex(CIDR, { error: 'is not an IPv4 block such as 10.20.0.0/16', abort: true })
  .refine(isNetworkAddress, 'has bits behind its prefix; write the first address of the block');

/** Whether all bits behind the prefix are zero. */
function isNetworkAddress(block: string): boolean {
  const [address, prefix] = block.split('/') as [string, string];
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return value % 2 ** (32 - Number(prefix)) === 0;
}

/** One certificate or several. They are public; a key in their place would end up in settings, plans and state. */
export const pemCertificates = z
  .string()
  .regex(
    /^(-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n*)+$/,
    'is not certificates in PEM (-----BEGIN CERTIFICATE-----…)',
  );

/** An image that stays what it is: by digest, or by a version's tag. */
export const pinnedImage = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9./:_-]*(@sha256:[0-9a-f]{64}|:v?[0-9]+\.[0-9]+[A-Za-z0-9._-]*)$/,
    'is not pinned: end it in @sha256:… or in a version',
  );
export const imageByDigest = z
  .string()
  .regex(/^[a-z0-9][a-z0-9./:_-]*@sha256:[0-9a-f]{64}$/, 'is not an image by digest (repository@sha256:…)');
