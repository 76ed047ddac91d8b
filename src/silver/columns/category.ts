import { z } from 'zod';
import { OnefoldError } from '../../base/errors.js';
import { sql } from '../../sql/tag.js';
import { columnType } from './contract.js';
import { readMappingFile } from './mapping_file.js';

/** A text as categories are compared: in any case, one blank between words. */
function compared(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

const options = z
  .object({
    values: z
      .array(z.string().trim().min(1))
      .min(1)
      .optional()
      .describe('The categories; with a mapping and without this, whatever it leads to'),
    mapping: z.record(z.string(), z.string().nullable()).optional().describe('Text → category; null makes it missing'),
    mapping_file: z
      .string()
      .optional()
      .describe('More of the mapping, in a csv (columns `from`, `to`), yaml or json file of the project; a change of it replays the table'),
    unmapped: z
      .union([z.enum(['quarantine', 'keep', 'null']), z.strictObject({ value: z.string().min(1) })])
      .default('quarantine')
      .describe(
        'What becomes of another text: its row is set aside, it is kept, it is missing, or it is `value`; it is counted in any case',
      ),
  })
  .superRefine((value, context) => {
    for (const message of contradictions(value)) context.addIssue({ code: 'custom', message, path: ['mapping'] });
  });

/**
 * One of a list of categories, in the spelling of the list. Texts are compared in any case and with single blanks; others
 * are led to a category by a mapping, written here or in a file of the project.
 */
export const category = columnType({
  name: 'category',
  options,
  sqlType: () => 'VARCHAR',
  complete: async (declared, files) => {
    if (declared.mapping_file === undefined) {
      if (declared.values === undefined && declared.mapping === undefined)
        throw new OnefoldError('CONFIG_INVALID', 'a category needs `values`, `mapping` or `mapping_file`');
      return declared;
    }
    const more = await readMappingFile(declared.mapping_file, await files.read(declared.mapping_file));
    const completed = { ...declared, mapping: { ...more, ...declared.mapping } };
    const [problem] = contradictions(completed);
    if (problem !== undefined) throw new OnefoldError('CONFIG_INVALID', `${declared.mapping_file}: ${problem}`);
    return completed;
  },
  map: ({ values, mapping, unmapped }) => {
    const known = new Map<string, string | null>(
      (values ?? Object.values(mapping ?? {})).flatMap((v) => (v === null ? [] : [[compared(v), v]])),
    );
    for (const [from, to] of Object.entries(mapping ?? {})) known.set(compared(from), to);
    return (text) => {
      const found = known.get(compared(text));
      if (found !== undefined) return found === null ? { value: null, noted: 'missing' } : { value: found };
      if (unmapped === 'quarantine') return { value: null, refused: 'unmapped' };
      return { value: unmapped === 'keep' ? text : unmapped === 'null' ? null : unmapped.value, noted: 'unmapped' };
    };
  },
  refusals: { unmapped: 'is none of the categories, and no mapping leads to one' },
  parse: (text, declared, { mapped }) => ({
    value: mapped?.value ?? sql`NULL`,
    unread: sql`(${text} IS NOT NULL AND ${mapped?.value ?? sql`NULL`} IS NULL AND ${mapped?.noted ?? sql`NULL`} IS NULL)`,
    problems:
      mapped === undefined || declared.unmapped === 'quarantine'
        ? []
        : [{ name: 'unmapped', broken: sql`${mapped.noted} = 'unmapped'`, reason: 'none of the categories', warns: true }],
  }),
});

/** What a mapping says twice, or leads to that is no category. */
function contradictions({ values, mapping }: z.output<typeof options>): readonly string[] {
  const seen = new Map<string, string | null>();
  const problems: string[] = [];
  for (const [from, to] of Object.entries(mapping ?? {})) {
    const key = compared(from);
    if (seen.has(key) && seen.get(key) !== to) problems.push(`\`${from}\` is led to two categories`);
    seen.set(key, to);
    if (to !== null && values !== undefined && !values.includes(to))
      problems.push(`\`${from}\` is led to \`${to}\`, which is none of \`values\``);
  }
  return problems;
}
