import { log } from '@pulumi/pulumi';

/**
 * Stops the debug lines of Pulumi's SDK in this program. It writes down what every function of a provider answers, secrets and all, and those
 * lines go into each event log and into what `--debug` prints: the token of the registry would stand there.
 */
export function silenceDebugLines(): void {
  (log as { debug: typeof log.debug }).debug = () => Promise.resolve();
}
