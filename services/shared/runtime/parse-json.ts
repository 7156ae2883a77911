/** @returns undefined for what is no JSON: what JSON.parse says of it quotes the text, and the text may be a secret */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
