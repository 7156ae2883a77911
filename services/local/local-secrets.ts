import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files with the keys that the services of one laptop show each other. */
export type LocalSecrets = { uploadKeyFile: string; uploadKeysFile: string; storeCredentialsFile: string };

/** Makes the keys at the first start, random, readable by the owner alone; later starts find them. */
export function localSecrets(dataDir: string): LocalSecrets {
  const dir = join(dataDir, 'secrets');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const files = {
    uploadKeyFile: join(dir, 'upload-key'),
    uploadKeysFile: join(dir, 'upload-keys.json'),
    storeCredentialsFile: join(dir, 'store-credentials.json'),
  };
  // The file that is written last tells whether all were.
  if (existsSync(files.storeCredentialsFile)) return files;
  const key = randomBytes(24).toString('hex');
  const everything = { accounts: ['*'], regions: ['*'], clusters: ['*'] };
  write(files.uploadKeyFile, key);
  write(files.uploadKeysFile, JSON.stringify([{ name: 'local', key, ...everything }]));
  write(files.storeCredentialsFile, JSON.stringify({ accessKeyId: 'local', secretAccessKey: randomBytes(24).toString('hex') }));
  return files;
}

function write(path: string, content: string): void {
  writeFileSync(path, content, { mode: 0o600, flush: true });
}
