import type { ProjectParts } from '../support/project.js';
import { csv, ndjson } from '../support/project.js';

export type PaymentRow = readonly [payer: string, contact: string, name: string, amount: string, currency: string, paid_on: string];
export type ContactRow = readonly [id: string, name: string, email: string, payer: string, updated_at: string];
export interface RefRecord {
  readonly id: string;
  readonly contact?: string;
  readonly payer?: string;
}

/** All rows of one state of the sources, or of a part of it. */
export interface Observations {
  readonly payments: readonly PaymentRow[];
  readonly contacts: readonly ContactRow[];
  readonly refs: readonly RefRecord[];
}

export const paymentsCsv = (rows: readonly PaymentRow[]): string =>
  csv(['payer', 'contact', 'name', 'amount', 'currency', 'paid_on'], rows);
export const contactsCsv = (rows: readonly ContactRow[]): string => csv(['id', 'name', 'email', 'payer', 'updated_at'], rows);
export const refsNdjson = (records: readonly RefRecord[]): string => ndjson(records);

/**
 * Three sources that contradict each other: payments without an id of their own, contacts of which the newest version
 * counts, and references. Dates and amounts ask their whole column how they are to be read.
 */
export function orderProject(mode: 'append' | 'replace'): ProjectParts {
  return {
    config: {
      name: 'orders',
      sources: {
        bank: { connector: 'file', streams: { payments: { path: 'in/payments/*.csv', mode } } },
        crm: { connector: 'file', streams: { contacts: { path: 'in/contacts/*.csv', mode } } },
        shop: { connector: 'file', streams: { refs: { path: 'in/refs/*.ndjson', mode } } },
      },
      tables: {
        payments: {
          from: 'bank.payments',
          key: 'content',
          columns: {
            payer: 'payer',
            contact_id: 'contact',
            name: 'name',
            amount: { from: 'amount', type: 'money', currency: 'currency' },
            paid_on: { from: 'paid_on', type: 'date' },
          },
          rules: [
            { rule: 'not_null', column: 'payer' },
            { rule: 'not_in_future', column: 'paid_on' },
          ],
          amounts: ['amount'],
        },
        contacts: {
          from: 'crm.contacts',
          key: 'id',
          recency: 'updated_at',
          columns: {
            id: 'id',
            name: 'name',
            email: { from: 'email', type: 'email' },
            payer: 'payer',
            updated_at: { from: 'updated_at', type: 'date' },
          },
          rules: [{ rule: 'unique', column: 'email' }],
        },
        refs: {
          from: 'shop.refs',
          key: ['id', 'contact'],
          columns: { id: 'id', contact: { from: 'contact', optional: true, default: '-' }, payer: { from: 'payer', optional: true } },
          rules: [{ rule: 'relationship', column: 'contact', to: 'contacts.id' }],
        },
      },
      entities: {
        customer: {
          records: [
            {
              table: 'payments',
              id: 'payer',
              recency: 'paid_on',
              identifiers: { payer: 'payer', contact: 'contact_id' },
              attributes: { name: 'name' },
            },
            { table: 'contacts', id: 'id', identifiers: { contact: 'id', payer: 'payer' }, attributes: { name: 'name', email: 'email' } },
            { table: 'refs', role: 'reference', identifiers: { contact: 'contact', payer: 'payer' } },
          ],
          identifiers: { payer: { unique: 'entity' }, contact: { unique: 'entity' } },
          survivorship: { name: 'most_frequent', default: 'most_recent' },
        },
      },
    },
    models: {
      paid: `SELECT x.customer_key, p.amount_currency AS currency, sum(p.amount) AS paid, count(*) AS payments
FROM silver.payments p JOIN gold.customer_crosswalk x ON x.source = 'bank' AND x.record_id = p.payer
WHERE p._deleted_at IS NULL GROUP BY ALL`,
      overdue: `SELECT payer, count(*) AS payments FROM silver.payments
WHERE _deleted_at IS NULL AND paid_on < CAST(as_of() AS DATE) GROUP BY ALL`,
      aside: `SELECT rules, count(*) AS n FROM quarantine.payments WHERE status = 'open' GROUP BY ALL`,
    },
  };
}
