import { mkdirSync, readFileSync } from 'node:fs';
import { startCollector } from '@tallyship/collector/collector';
import { startConsole } from '@tallyship/console/console';
import { createLogger } from '@tallyship/shared/runtime/logger';
import { lockFolder } from '@tallyship/shared/storage/folder-lock';
import { type Shipper, startShipper } from '@tallyship/shipper/shipper';
import { startLocalStore } from '@tallyship/upload-api/local-store';
import { startUploadApi } from '@tallyship/upload-api/upload-api';
import { localSecrets } from './local-secrets.ts';
import { collectorSettings, consoleSettings, type LocalOptions, lakeDirOf, shipperSettings, uploadApiSettings } from './local-settings.ts';

export type Local = {
  collectorUrl: string;
  uploadUrl: string;
  consoleUrl: string;
  /** Stops the collector as SIGTERM would and starts it again on the same port and data. */
  restartCollector(): Promise<void>;
  /** Seals everything that is open and ships it. */
  sealAll(): Promise<void>;
  close(): Promise<void>;
};

/** Runs the platform's services in this process on loopback: collector, shipper, upload API, an object store over `dataDir/lake`, console. */
export async function startLocal(options: LocalOptions): Promise<Local> {
  const logOf = (service: string) => createLogger(service, { level: options.logLevel ?? 'warn' });
  mkdirSync(options.dataDir, { recursive: true });
  const unlock = lockFolder(options.dataDir, 'tallyship');
  const closers: (() => Promise<void>)[] = [async () => unlock()];
  /** In reverse: who hands on stops ahead of who takes, so that what was sealed last is still shipped. */
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end();
  };
  try {
    const secrets = localSecrets(options.dataDir);
    const store = await startLocalStore({
      dir: lakeDirOf(options.dataDir),
      host: '127.0.0.1',
      port: 0,
      credentials: JSON.parse(readFileSync(secrets.storeCredentialsFile, 'utf8')),
      log: logOf('local-store'),
    });
    closers.push(() => store.close());
    const console = await startConsole(consoleSettings(options), logOf('console'));
    closers.push(() => console.close());
    const upload = await startUploadApi(uploadApiSettings(options, store, secrets), logOf('upload-api'));
    closers.push(() => upload.close());
    const shipper = await startShipper(shipperSettings(options, upload.url, secrets), logOf('shipper'));
    closers.push(async () => {
      await shipAll(shipper);
      await shipper.close();
    });
    let collector = await startCollector(collectorSettings(options), logOf('collector'));
    closers.push(() => collector.close());
    const collectorPort = Number(new URL(collector.url).port);
    return {
      collectorUrl: collector.url,
      uploadUrl: upload.url,
      consoleUrl: console.url,
      restartCollector: async () => {
        await collector.close();
        collector = await startCollector(collectorSettings({ ...options, collectorPort }), logOf('collector'));
      },
      sealAll: async () => {
        await collector.sealAll();
        await shipAll(shipper);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const MAX_CYCLES = 20;

/** Cycles until nothing waits. What a fault keeps waiting is shipped after the next start. */
async function shipAll(shipper: Shipper): Promise<void> {
  for (let cycle = 0; cycle < MAX_CYCLES && (await shipper.left()) > 0; cycle++) await shipper.runOnce();
}
