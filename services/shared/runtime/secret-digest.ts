import { createHash, timingSafeEqual } from 'node:crypto';

/** The SHA-256 of a secret: equal lengths are what timingSafeEqual needs. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** @returns what stands behind `Bearer` in an Authorization header */
export function bearerOf(authorization: string): string | undefined {
  return /^Bearer +(?<token>\S+)$/i.exec(authorization)?.groups?.token;
}

/** Every entry is compared, each in constant time: how long it takes says nothing about which one fits. */
export function findSecret<T extends { digest: Buffer }>(list: readonly T[], secret: string): T | undefined {
  const digest = digestOf(secret);
  return list.reduce<T | undefined>((found, entry) => (timingSafeEqual(digest, entry.digest) ? entry : found), undefined);
}
