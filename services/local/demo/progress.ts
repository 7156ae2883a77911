export type Progress = { update(share: number, samples: number): void; end(): void };
type Output = { isTTY?: boolean; write(text: string): unknown };

/** Before this share of the way the start-up still counts for most of the time. */
const ESTIMATED_FROM = 0.05;

/** One line that is rewritten on a terminal; elsewhere a line for every tenth of the way. */
export function createProgress(output: Output, nowMs: () => number): Progress {
  const startMs = nowMs();
  let tenths = -1;
  return {
    update(share, samples) {
      const elapsedS = (nowMs() - startMs) / 1000;
      const line = progressLine(share, samples, elapsedS);
      if (output.isTTY) output.write(`\r${line}\u001b[K`);
      else if (Math.floor(share * 10) > tenths) output.write(`${line}\n`);
      tenths = Math.floor(share * 10);
    },
    end() {
      if (output.isTTY) output.write('\n');
    },
  };
}

/** @param share of the requests, 0 to 1 */
export function progressLine(share: number, samples: number, elapsedS: number): string {
  const rate = samples / Math.max(elapsedS, 0.001);
  const left = share < ESTIMATED_FROM ? '' : `  ${Math.ceil((elapsedS / share) * (1 - share))} s left`;
  const percent = Math.floor(share * 100).toString();
  return `${percent.padStart(3)} %  ${(samples / 1e6).toFixed(1)} M samples  ${Math.round(rate / 1000)} k samples/s${left}`;
}
