import type { FileOfRecords } from '../generator.js';
import { padded } from '../notation.js';
import { keyed, permutation, type Random } from '../random.js';
import { withRepeats } from '../write.js';
import { share, writtenDate, writtenName } from './dirt.js';
import { type Customer, type Population, period } from './population.js';

const rates = { repeated: 0.02, unlinked: 0.06, creditNote: 0.03, noTotal: 0.005 };
const perCustomer = 1.5;

/** The ERP: invoices below a path in one JSON object, each with an account nested in it. */
export function invoices(population: Population): FileOfRecords {
  const { seed, size } = population;
  const count = Math.max(1, Math.round(size * perCustomer));
  const rows = keyed(seed, 'demo invoice');
  const days = period.last - period.first + 1;
  const invoice = (index: number): string | undefined => {
    const random = rows(index);
    const customer = population.draw(random, ({ systems }) => systems.erp);
    if (customer === undefined) return undefined;
    const total = random.int(1900, 1_250_000) / 100;
    return JSON.stringify({
      invoice_no: `INV-${padded(index + 1, Math.max(6, String(count).length))}`,
      account: {
        no: customer.accountNo,
        billing_id: billingReference(population, customer, random),
        name: accountName(customer, random),
      },
      total: random.chance(rates.noTotal) ? null : random.chance(rates.creditNote) ? -total : total,
      currency: customer.country.currency,
      issued_on: writtenDate(period.first + Math.floor((index * days) / count), 'iso', random),
    });
  };
  return {
    name: 'erp_invoices.json',
    layout: {
      before: '{"exported_at":"2026-06-30T22:00:00Z","data":{"invoices":[\n',
      between: ',\n',
      after: '\n]}}\n',
    },
    records: withRepeats(count, Math.round(count * rates.repeated), permutation(seed, 'demo invoice repeat', count), invoice),
  };
}

function accountName({ company, given, family }: Customer, random: Random): string {
  return writtenName(company?.name ?? `${given.written} ${family.written}`, random);
}

function billingReference(population: Population, customer: Customer, random: Random): string | null {
  if (!customer.systems.billing || random.chance(rates.unlinked)) return null;
  if (!random.chance(share.contradicting)) return customer.billingId;
  const other = population.draw(random, ({ index, systems }) => systems.billing && index !== customer.index);
  return (other ?? customer).billingId;
}
