import type { FileOfTruth } from '../data.js';
import { personId } from '../truth.js';
import { csvLayout, csvRecord } from '../write.js';
import type { Population } from './population.js';

const columns = [
  'entity_id',
  'crm_id',
  'billing_id',
  'account_no',
  'given_name',
  'family_name',
  'email',
  'phone',
  'company',
  'city',
  'country',
] as const;

/** The customers as they are, with the identifiers of the systems that know them. */
export function persons({ size, customer }: Population): FileOfTruth {
  function* rows(): Generator<string> {
    for (let index = 0; index < size; index += 1) {
      const one = customer(index);
      const { crm, billing, erp } = one.systems;
      const ids = [crm ? one.crmId : '', billing ? one.billingId : '', erp ? one.accountNo : ''];
      const { given, family, email, phone, company, city, country } = one;
      yield csvRecord([
        personId(index, size),
        ...ids,
        given.written,
        family.written,
        email,
        phone,
        company?.name ?? '',
        city,
        country.name,
      ]);
    }
  }
  return { name: 'persons.csv', layout: csvLayout(columns), rows: rows() };
}
