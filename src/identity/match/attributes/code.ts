import { sql } from '../../../sql/tag.js';
import { edits } from '../comparisons/edits.js';
import { equal } from '../comparisons/equal.js';
import type { AttributeKind } from '../kinds.js';
import { dense } from '../text.js';

/** Numbers that an authority or a company gave: a slip makes them another's. */
export const code: AttributeKind = {
  name: 'code',
  aliases: [
    'number',
    'code',
    'ssn',
    'soc_sec_id',
    'national_id',
    'tax_id',
    'vat_id',
    'vat',
    'passport',
    'isbn',
    'sku',
    'modelno',
    'model_number',
    'registration',
    'iban',
    'account_number',
    'ean',
    'gtin',
    'doi',
    'issn',
    'orcid',
    'license',
    'license_number',
    'document_number',
    'routing_number',
    'upc',
    'part_number',
    'mpn',
    'serial_number',
    'asin',
    'lei',
    'duns',
    'duns_number',
  ],
  features: (value) => ({ norm: dense(value) }),
  levels: [
    { name: 'equal', share: 0.85, when: (l, r) => equal(l('norm'), r('norm')) },
    { name: 'a slip', share: 0.07, when: (l, r) => sql`length(${l('norm')}) > 4 AND ${edits(l('norm'), r('norm'), 1)}` },
  ],
  keys: [
    { name: 'code', agrees: 0.85, alone: true, of: (side) => side('norm') },
    { name: 'beginning of the code', agrees: 0.9, alone: false, of: (side) => sql`left(${side('norm')}, 4)` },
  ],
  rarity: 0.02,
  distinctive: true,
  shared: false,
};
