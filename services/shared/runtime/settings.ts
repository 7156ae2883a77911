import { z } from 'zod';

/** One setting of a service: how its text is read, what it means and what holds when it is absent. */
export type Setting<T> = { schema: z.ZodType<T, string>; fallback: string | undefined; describe: string };
export type Settings<D extends Record<string, Setting<unknown>>> = {
  [K in keyof D]: D[K] extends Setting<infer T> ? T : never;
};

type Options = { fallback?: string; describe: string };
const setting = <T>(schema: z.ZodType<T, string>, { fallback, describe }: Options): Setting<T> => ({ schema, fallback, describe });

export const text = (options: Options) => setting(z.string().min(1), options);
export const optionalText = (options: Omit<Options, 'fallback'>) => setting<string>(z.string(), { ...options, fallback: '' });
export const integer = (options: Options & { min: number; max: number }) =>
  setting(
    z
      .string()
      .regex(/^-?[0-9]+$/, 'is not a whole number')
      .transform(Number)
      .pipe(z.number().min(options.min, `is below ${options.min}`).max(options.max, `is above ${options.max}`)),
    options,
  );
export const choice = <const T extends string>(values: readonly T[], options: Options) =>
  setting<T>(z.enum(values as [T, ...T[]], `is not one of ${values.join(', ')}`) as unknown as z.ZodType<T, string>, options);

export class SettingsError extends Error {
  override name = 'SettingsError';
}

/**
 * Reads a service's settings from an environment.
 * @throws SettingsError with every fault at once, a line each, naming the setting
 */
export function readSettings<D extends Record<string, Setting<unknown>>>(
  definitions: D,
  env: Record<string, string | undefined>,
): Settings<D> {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { schema, fallback }] of Object.entries(definitions)) {
    const given = env[name] ?? fallback;
    if (given === undefined) {
      faults.push(`${name} is required`);
      continue;
    }
    const parsed = schema.safeParse(given);
    if (parsed.success) values[name] = parsed.data;
    else faults.push(`${name}=${JSON.stringify(given)} ${parsed.error.issues[0]?.message ?? 'is invalid'}`);
  }
  if (faults.length > 0) throw new SettingsError(faults.join('\n'));
  return values as Settings<D>;
}
