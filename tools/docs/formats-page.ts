import { type Column, TABLES } from '@tallyship/shared/contracts/columns';
import { cell, markdownTable } from './markdown-table.ts';

/**
 * docs/formats.md with its tables of columns made anew: `<!-- columns: TABLE -->` to `<!-- end -->`. The prose around them is kept.
 * @throws Error when a table of the contract has no place in the page
 */
export function formatsPage(page: string): string {
  return Object.entries(TABLES).reduce((text, [table, columns]) => {
    const [start, end] = [`<!-- columns: ${table} -->`, '<!-- end -->'];
    const from = text.indexOf(start);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`docs/formats.md has no ${start} … ${end}`);
    return `${text.slice(0, from + start.length)}\n${columnsTable(columns)}\n${text.slice(to)}`;
  }, page);
}

function columnsTable(columns: readonly Column[]): string {
  const rows = columns.map(({ name, type, isNullable, describe }) => [`\`${name}\``, type, isNullable ? 'yes' : '', cell(describe)]);
  return markdownTable(['column', 'type', 'may be NULL', 'meaning'], rows);
}
