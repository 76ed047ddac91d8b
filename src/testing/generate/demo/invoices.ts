import type { FileOfRecords, Row } from '../data.js';
import { padded } from '../notation.js';
import { keyed, permutation, type Random } from '../random.js';
import { withRepeats } from '../repeats.js';
import { Pen, share } from './dirt.js';
import { type Customer, type Population, period } from './population.js';

const rates = { repeated: 0.02, unlinked: 0.06, creditNote: 0.03, noTotal: 0.005 };
const perCustomer = 1.5;

/** The ERP: invoices below a path in one JSON object, each with an account nested in it. */
export function invoices(population: Population): FileOfRecords {
  const { seed, size, dirt } = population;
  const count = Math.max(1, Math.round(size * perCustomer));
  const rows = keyed(seed, 'demo invoice');
  const days = period.last - period.first + 1;
  const invoice = (index: number): Row | undefined => {
    const random = rows(index);
    const customer = population.draw(random, ({ systems }) => systems.erp);
    if (customer === undefined) return undefined;
    const pen = new Pen(dirt);
    const total = random.int(1900, 1_250_000) / 100;
    const text = JSON.stringify({
      invoice_no: `INV-${padded(index + 1, Math.max(6, String(count).length))}`,
      account: {
        no: customer.accountNo,
        billing_id: billingReference(population, customer, pen, random),
        name: accountName(customer, pen, random),
      },
      total: totalOf(total, pen, random),
      currency: customer.country.currency,
      issued_on: pen.date('issued_on', period.first + Math.floor((index * days) / count), 'iso', random),
    });
    return { text, id: customer.accountNo, number: customer.index, person: customer.index, faults: pen.faults };
  };
  const repeated = Math.round(count * Math.min(0.9, rates.repeated * dirt.repeated));
  return {
    name: 'erp_invoices.json',
    source: 'erp',
    stream: 'invoices',
    layout: {
      before: '{"exported_at":"2026-06-30T22:00:00Z","data":{"invoices":[\n',
      between: ',\n',
      after: '\n]}}\n',
    },
    expected: count + repeated,
    rows: withRepeats(count, repeated, permutation(seed, 'demo invoice repeat', count), invoice),
  };
}

function accountName({ company, given, family }: Customer, pen: Pen, random: Random): string {
  return pen.name('account.name', company?.name ?? `${given.written} ${family.written}`, random);
}

function totalOf(total: number, pen: Pen, random: Random): number | null {
  if (!random.chance(rates.noTotal * pen.dirt.missing)) return random.chance(rates.creditNote) ? -total : total;
  pen.put('total', 'missing', '', String(total));
  return null;
}

function billingReference(population: Population, customer: Customer, pen: Pen, random: Random): string | null {
  if (!customer.systems.billing) return null;
  const { billingId } = customer;
  if (random.chance(rates.unlinked * pen.dirt.missing)) {
    pen.put('account.billing_id', 'missing', '', billingId);
    return null;
  }
  if (!random.chance(share.contradicting * pen.dirt.contradicting)) return billingId;
  const other = population.draw(random, ({ index, systems }) => systems.billing && index !== customer.index);
  return pen.put('account.billing_id', 'contradicting', (other ?? customer).billingId, billingId);
}
