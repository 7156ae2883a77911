import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
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
  // A start that was cut short leaves some of them out: then all are made anew.
  if (Object.values(files).every((path) => existsSync(path) && statSync(path).size > 0)) return files;
  // Nobody means to commit keys, or a lake.
  writeFileSync(join(dataDir, '.gitignore'), '*\n');
  const key = randomBytes(24).toString('hex');
  const everything = { accounts: ['*'], regions: ['*'], clusters: ['*'] };
  write(files.uploadKeyFile, key);
  write(files.uploadKeysFile, JSON.stringify([{ name: 'local', key, ...everything }]));
  write(files.storeCredentialsFile, JSON.stringify({ accessKeyId: 'local', secretAccessKey: randomBytes(24).toString('hex') }));
  return files;
}

function write(path: string, content: string): void {
  writeFileSync(`${path}.tmp`, content, { mode: 0o600, flush: true });
  renameSync(`${path}.tmp`, path);
}
