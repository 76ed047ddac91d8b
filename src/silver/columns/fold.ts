/**
 * A text as it is compared: compatibility forms undone, lower case, accents of Latin, Greek and Cyrillic letters gone (in
 * other scripts marks are vowels), one blank between words and none at the ends.
 */
export function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu, '$1')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ı', 'i')
    .replace(/\s+/gu, ' ')
    .trim();
}

/** A name as it is looked up: folded, without dots and apostrophes, `&` as `and`, a blank for anything else that is no letter or digit. */
export function foldedName(text: string): string {
  return folded(text)
    .replaceAll('&', ' and ')
    .replaceAll(/['’`.]/g, '')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}
