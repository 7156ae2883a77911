import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { pythonProgram } from '../../tools/engines/python-tools.ts';
import { freePort, startChild } from './child.ts';
import { type StoreAddress, storeClient } from './presign.ts';
import { untilAnswers } from './versitygw.ts';

/** Moto on loopback, with a bucket `lake`. It checks no signatures. `env` holds settings of its own. */
export async function startMoto(env: NodeJS.ProcessEnv = {}): Promise<StoreAddress & { stop(): Promise<void> }> {
  const port = await freePort();
  const child = startChild(pythonProgram('moto'), ['-H', '127.0.0.1', '-p', String(port)], { env: { ...process.env, ...env } });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(url);
  const address = { url, bucket: 'lake', credentials: { accessKeyId: 'MOTOKEY', secretAccessKey: 'a-secret-of-moto' } };
  const client = storeClient(address);
  await client.send(new CreateBucketCommand({ Bucket: 'lake' })).finally(() => client.destroy());
  return { ...address, stop: async () => void (await child.end('SIGTERM')) };
}
