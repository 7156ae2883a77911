import { SettingsError } from '@tallyship/shared/runtime/settings';
import { localHelp, parseLocalFlags, UsageError } from './flags.ts';
import { startLocal } from './local.ts';

try {
  const flags = parseLocalFlags(process.argv.slice(2));
  if (flags.help) process.stdout.write(localHelp());
  else await run(flags);
} catch (error) {
  const isUsage = error instanceof UsageError || error instanceof SettingsError;
  process.stderr.write(`${isUsage ? error.message : (error as Error).stack}\n`);
  if (error instanceof UsageError) process.stderr.write('--help lists the flags\n');
  process.exitCode = isUsage ? 2 : 1;
}

async function run(flags: ReturnType<typeof parseLocalFlags>): Promise<void> {
  const local = await startLocal(flags);
  process.stdout.write(
    [
      `collector ${local.collectorUrl}`,
      `console ${local.consoleUrl}`,
      `upload ${local.uploadUrl}`,
      '',
      '# for prometheus.yml:',
      'remote_write:',
      `  - url: ${local.collectorUrl}/api/v1/write`,
      '    protobuf_message: io.prometheus.write.v2.Request',
      '',
      'ready',
      '',
    ].join('\n'),
  );
  const stop = async () => {
    await local.close();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
