import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reportText } from './report.ts';
import { checkStack } from './stack-doctor.ts';

const HELP = `npm run doctor -- STACK [--json]

Checks what a pulumi up of the stack needs, before it: settings that are still examples, tools, image contexts, credentials, region, zones, quotas,
instance types, the version of Kubernetes, values of secrets. It changes nothing.

  --json   print the findings as JSON
  --help   this text

Ends with 0 when nothing stands in the way, 1 when something does, 2 when the command was not understood.
Without a stack it asks a lake or a console about its data: npm run doctor -- --data DIR | --url URL (--help with either).
`;
const USAGE = 2;

const args = process.argv.slice(2);
// The doctor of the data reads the same command line.
if (args.includes('--data') || args.includes('--url') || args.some((arg) => /^--(data|url)=/.test(arg)))
  await import('../../services/local/doctor.ts');
else process.exitCode = await main(args);

async function main(words: string[]): Promise<number> {
  const command = understood(words);
  if (typeof command === 'string') {
    process.stderr.write(`${command}\nnpm run doctor -- --help lists the flags\n`);
    return USAGE;
  }
  if (command.isHelp) {
    process.stdout.write(HELP);
    return 0;
  }
  try {
    const place = { root: join(import.meta.dirname, '../..'), stack: command.stack, env: process.env, nowMs: Date.now() };
    const findings = await checkStack(place);
    process.stdout.write(command.isJson ? `${JSON.stringify(findings, null, 2)}\n` : reportText(findings));
    return findings.some(({ status }) => status === 'fail') ? 1 : 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return USAGE;
  }
}

/** @returns what is wrong with the command line, where something is */
function understood(words: string[]): { stack: string; isJson: boolean; isHelp: boolean } | string {
  try {
    const { values, positionals } = parseArgs({
      args: words,
      options: { json: { type: 'boolean' }, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    const [stack, ...rest] = positionals;
    const isHelp = values.help ?? false;
    if (!isHelp && (stack === undefined || rest.length > 0)) return 'name one stack, or a lake by --data DIR, or a console by --url URL';
    return { stack: stack ?? '', isJson: values.json ?? false, isHelp };
  } catch (error) {
    return (error as Error).message;
  }
}
