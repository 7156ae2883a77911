/** What a destroy of the bootstrap leaves, once it is unprotected and the bucket is empty. */
export function bootstrapLeftovers(): { type: string; name: string; why: string }[] {
  const why = 'KMS waits 30 days before it deletes a key';
  return ['secrets', 'state'].map((name) => ({ type: 'aws:kms/key:Key', name, why }));
}
