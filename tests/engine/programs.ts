import { openPulumiStack, type PulumiStack } from '../support/engine/pulumi-stack.ts';
import { newSimulation } from '../support/engine/simulation.ts';

/** The secret that a program of `programs/` gets as its setting `token`. */
export const TOKEN = 'a-token-that-must-not-be-seen';

/** Runs `work` with a stack of one program of `programs/`, in an empty account. */
export async function withProgram(
  file: string,
  work: (stack: PulumiStack) => Promise<void>,
  environment: Record<string, string> = {},
): Promise<void> {
  const stack = await openPulumiStack({
    program: new URL('programs', import.meta.url).pathname,
    file,
    stack: 'dev',
    settings: { 'planted:token': TOKEN, 'pulumi:disable-default-providers': ['aws', 'kubernetes'] },
    environment,
    simulation: newSimulation(),
  });
  try {
    await work(stack);
  } finally {
    await stack.close();
  }
}
