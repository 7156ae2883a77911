/** A text as it stands in a statement. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
