import type { Setting } from '@tallyship/shared/runtime/settings';
import { z } from 'zod';
import { cell, markdownTable } from './markdown-table.ts';
import type { Definitions, ServiceSettings } from './service-settings.ts';

const INTRO = `<!-- Made by \`npm run docs\` from services/*/settings.ts; a change by hand is lost. -->
# Settings

Each service reads its settings from the environment, once, at start. All faults are reported at once, a line each.
Units stand in the names. A name that ends in \`_FILE\` is the path of a file: secrets are never values of the environment.
`;

/** docs/settings.md: a table a service, settings in the order of their definitions. */
export function settingsPage(services: ServiceSettings[]): string {
  return [INTRO, ...services.map(({ service, definitions }) => `## ${service}\n\n${settingsTable(definitions)}\n`)].join('\n');
}

function settingsTable(definitions: Definitions): string {
  const rows = Object.entries(definitions).map(([name, setting]) => [
    `\`${name}\``,
    fallbackText(setting),
    valuesText(setting),
    cell(setting.describe),
  ]);
  return markdownTable(['setting', 'when absent', 'values', 'meaning'], rows);
}

function fallbackText({ fallback }: Setting<unknown>): string {
  if (fallback === undefined) return '**required**';
  return fallback === '' ? 'empty' : `\`${fallback}\``;
}

/** Limits and choices as the schema states them, so that this page cannot say others. */
function valuesText({ schema }: Setting<unknown>): string {
  const form = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
  if (form.enum) return form.enum.map((value) => `\`${value}\``).join(', ');
  if (form.minimum !== undefined || form.maximum !== undefined) return `${form.minimum ?? ''} … ${form.maximum ?? ''}`.trim();
  return 'text';
}
