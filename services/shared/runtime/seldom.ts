const MAX_KINDS = 100;

/** Calls `say` for the first of a kind at once, then again after `everyMs` at the earliest, with how many it was not called for in between. */
export type Seldom = (kind: string, say: (leftOut: number) => void) => void;

/**
 * Keeps what happens to every request from filling the log. Numbers in a kind do not tell two of them apart: `log holds 812 bytes` comes
 * with another number each time.
 */
export function seldom({ everyMs = 10_000, now = () => performance.now() } = {}): Seldom {
  const said = new Map<string, { atMs: number; leftOut: number }>();
  return (kind, say) => {
    const name = kind.replace(/[0-9]+/g, '0').slice(0, 500);
    const last = said.get(name);
    if (last && now() - last.atMs < everyMs) {
      last.leftOut++;
      return;
    }
    if (!last && said.size >= MAX_KINDS) said.clear();
    said.set(name, { atMs: now(), leftOut: 0 });
    say(last?.leftOut ?? 0);
  };
}

/** An error's message and those of its causes, in one line. */
export function reasonOf(error: unknown): string {
  const reasons: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) reasons.push(cause.message);
  return reasons.length > 0 ? reasons.join(': ') : String(error);
}
