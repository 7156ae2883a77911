import { parseArgs } from 'node:util';
import { buildEngine } from './engines/build-engine.ts';
import { cacheDir, findEngine } from './engines/find.ts';
import { hasPythonTool, installPythonTool, PYTHON_TOOLS, type PythonTool, pythonProgram } from './engines/python-tools.ts';
import { ENGINES, type Engine } from './engines/table.ts';

const HELP = `npm run tools [-- NAME...] [-- --list] [-- --help]

Builds the real programs that some tests run against, from their Go modules under tools/, into
${cacheDir(process.env)}
What is on PATH and new enough, or built already, is left alone. Needs Go 1.26; npm test and npm run demo need none of them.

Names: ${names().join(', ')}; without a name, all. ${PYTHON_TOOLS.map(({ name }) => name).join(' and ')} come from PyPI and need Python 3.10.`;

try {
  await main(process.argv.slice(2));
} catch (error) {
  for (let fault: unknown = error; fault instanceof Error; fault = fault.cause) console.error(fault.message);
  process.exitCode = 1;
}

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    options: { list: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help) return console.log(HELP);
  const wanted = chosen(positionals);
  for (const engine of ENGINES.filter(({ name }) => wanted.includes(name))) {
    const found = findEngine(engine, process.env);
    if (found || values.list) console.log(describe(engine, found?.programs));
    else await buildEngine(engine, process.env, console.log);
  }
  for (const tool of PYTHON_TOOLS.filter(({ name }) => wanted.includes(name))) {
    if (hasPythonTool(tool, process.env) || values.list) console.log(describePythonTool(tool));
    else await installPythonTool(tool, process.env, console.log);
  }
}

function chosen(wanted: string[]): string[] {
  const unknown = wanted.filter((name) => !names().includes(name));
  if (unknown.length > 0) throw new Error(`unknown tool ${unknown.join(', ')}: there are ${names().join(', ')}`);
  return wanted.length === 0 ? names() : wanted;
}

function names(): string[] {
  return [...ENGINES, ...PYTHON_TOOLS].map(({ name }) => name);
}

function describe(engine: Engine, programs: Record<string, string> | undefined): string {
  const state = programs ? Object.values(programs).join(' ') : `missing, about ${engine.minutes} min to build`;
  return `${engine.name} ${engine.version} (${engine.usedBy}): ${state}`;
}

function describePythonTool(tool: PythonTool): string {
  const state = hasPythonTool(tool, process.env) ? pythonProgram(tool.name) : `missing, about ${tool.minutes} min to install`;
  return `${tool.name} ${tool.version} (${tool.usedBy}): ${state}`;
}
