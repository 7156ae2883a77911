import type { Setting } from './settings.ts';

export type Definitions = Record<string, Setting<unknown>>;

/** What `--help` of a service prints: how it is started, and each setting with its default, as docs/settings.md has them. */
export function settingsHelp(name: string, definitions: Definitions): string {
  const lines = Object.entries(definitions).map(([setting, { fallback, describe }]) => {
    const absent = fallback === undefined ? 'required' : fallback === '' ? 'default: empty' : `default: ${fallback}`;
    return `  ${setting} (${absent})\n      ${describe}`;
  });
  return `${name}: node services/${name}/main.ts\n\nSettings come from the environment:\n\n${lines.join('\n')}\n`;
}
