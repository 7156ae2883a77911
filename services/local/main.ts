import { runService } from '@tallyship/shared/runtime/run-service';
import { type LocalFlags, localHelp, parseLocalFlags, UsageError } from './flags.ts';
import { type Local, startLocal } from './local.ts';

try {
  const flags = parseLocalFlags(process.argv.slice(2));
  if (flags.help) process.stdout.write(localHelp());
  else await runService(() => startAndTell(flags));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n--help lists the flags\n`);
  process.exitCode = 2;
}

async function startAndTell(flags: LocalFlags): Promise<Local> {
  const local = await startLocal(flags);
  process.stdout.write(
    [
      `collector ${local.collectorUrl}`,
      `console ${local.consoleUrl}`,
      `upload ${local.uploadUrl}`,
      '',
      '# for prometheus.yml:',
      'remote_write:',
      `  - url: ${local.collectorUrl}/api/v1/write?cluster_name=my-cluster`,
      '    protobuf_message: io.prometheus.write.v2.Request   # leave this line out for Prometheus 2',
      '',
      'ready',
      '',
    ].join('\n'),
  );
  return local;
}
