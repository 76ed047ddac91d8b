/** The sheet of a name: the very one, else those whose names differ only in case and surrounding blanks. */
export function sheetsNamed<S extends { readonly name: string }>(sheets: readonly S[], name: string): readonly S[] {
  const alike = (text: string): string => text.trim().toLowerCase();
  const same = sheets.filter((sheet) => sheet.name === name);
  return same.length > 0 ? same.slice(0, 1) : sheets.filter((sheet) => alike(sheet.name) === alike(name));
}

/** Names for a message. */
export function namesOf(sheets: readonly { readonly name: string }[]): string {
  return sheets.map(({ name }) => JSON.stringify(name)).join(', ') || 'none';
}
