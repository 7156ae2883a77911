/** A Markdown table; cells are Markdown already. */
export function markdownTable(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Plain text as a cell: a bar would end it. */
export const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
