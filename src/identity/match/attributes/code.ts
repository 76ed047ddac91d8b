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
    'serial_no',
    'serial',
    'vin',
    'imei',
    'plate',
    'license_plate',
    'licence_plate',
    'number_plate',
    'kennzeichen',
    'asin',
    'lei',
    'duns',
    'duns_number',
    'stceg',
    'stcd',
    'bankn',
    'steuernummer',
    'ust_id',
    'nif',
    'cif',
    'siren',
    'siret',
    'kvk',
    'cnpj',
    'cpf',
    'dni',
  ],
  features: (value, once) => {
    const norm = once(dense(value));
    return { norm, bare: sql`regexp_replace(${norm}, '^[a-z]{0,3}0*([0-9][0-9a-z]{4,})$', '\\1')` };
  },
  levels: [
    {
      name: 'equal',
      share: 0.85,
      // With the country before it or without, with zeros that a spreadsheet takes away.
      when: (l, r) => sql`${equal(l('norm'), r('norm'))} OR ${equal(l('norm'), r('bare'))} OR ${equal(l('bare'), r('norm'))}`,
    },
    { name: 'a slip', share: 0.07, when: (l, r) => sql`length(${l('norm')}) > 4 AND ${edits(l('norm'), r('norm'), 1)}` },
  ],
  keys: [
    { name: 'code', agrees: 0.85, alone: true, of: (side) => side('bare') },
    { name: 'beginning of the code', agrees: 0.9, alone: false, of: (side) => sql`left(${side('bare')}, 4)` },
  ],
  rarity: 0.02,
  distinctive: true,
  issued: true,
  shared: false,
};
