import { z } from 'zod';
import { join, sql } from '../../sql/tag.js';
import { columnType } from './contract.js';

const standard = { yes: ['true', 't', 'yes', 'y', '1', 'on'], no: ['false', 'f', 'no', 'n', '0', 'off'] };

/** Words of languages, read where they are declared: a word such as `no` does not mean the same in all of them. */
const languages = {
  de: { yes: ['ja', 'j', 'wahr', 'an'], no: ['nein', 'falsch', 'aus'] },
  fr: { yes: ['oui', 'o', 'vrai'], no: ['non', 'faux'] },
  es: { yes: ['sí', 'si', 's', 'verdadero'], no: ['falso'] },
  it: { yes: ['sì', 'si', 's', 'vero'], no: ['falso'] },
  pt: { yes: ['sim', 's', 'verdadeiro'], no: ['não', 'nao', 'falso'] },
  nl: { yes: ['ja', 'j', 'waar'], no: ['nee', 'onwaar'] },
  pl: { yes: ['tak', 'prawda'], no: ['nie', 'fałsz'] },
} as const;

const languageNames = ['de', 'fr', 'es', 'it', 'pt', 'nl', 'pl'] as const satisfies readonly (keyof typeof languages)[];
const words = z.array(z.string().trim().min(1)).optional();
const options = z
  .object({
    words: z.array(z.enum(languageNames)).optional().describe('Languages whose words are read beside the English ones'),
    true_words: words.describe('More texts that mean true, such as `✓` or `aktiv`; in any case'),
    false_words: words.describe('More texts that mean false'),
  })
  .superRefine((value, context) => {
    const { yes, no } = wordsOf(value);
    for (const word of yes.filter((w) => no.includes(w)))
      context.addIssue({ code: 'custom', message: `\`${word}\` means both true and false` });
  });

/**
 * True or false, as the usual English words and digits say (`true`, `yes`, `y`, `1`, `on` …), in any case; of other languages
 * and signs only what is declared. A word of one's own that a standard word contradicts is a problem of the project.
 */
export const boolean = columnType({
  name: 'boolean',
  options,
  sqlType: () => 'BOOLEAN',
  parse: (text, declared) => {
    const { yes, no } = wordsOf(declared);
    return {
      value: sql`CASE WHEN lower(${text}) IN (${join(yes.map((w) => sql`${w}`))}) THEN TRUE WHEN lower(${text}) IN (${join(no.map((w) => sql`${w}`))}) THEN FALSE END`,
    };
  },
});

function wordsOf(declared: {
  readonly words?: readonly (typeof languageNames)[number][] | undefined;
  readonly true_words?: readonly string[] | undefined;
  readonly false_words?: readonly string[] | undefined;
}): { readonly yes: readonly string[]; readonly no: readonly string[] } {
  const lower = (list: readonly string[]): readonly string[] => [...new Set(list.map((word) => word.toLowerCase()))];
  return {
    yes: lower([...standard.yes, ...(declared.words ?? []).flatMap((l) => languages[l].yes), ...(declared.true_words ?? [])]),
    no: lower([...standard.no, ...(declared.words ?? []).flatMap((l) => languages[l].no), ...(declared.false_words ?? [])]),
  };
}
