import type { FileOfRecords, Row } from '../data.js';
import { type CurrencySign, dateNotations, padded, writtenMoney } from '../notation.js';
import { keyed, permutation, type Random } from '../random.js';
import { withRepeats } from '../repeats.js';
import { csvLayout } from '../write.js';
import { Pen, raggedCsv, share } from './dirt.js';
import { type Customer, type Population, period } from './population.js';

const columns = ['payment_id', 'customer', 'name', 'email', 'crm_ref', 'amount', 'currency', 'paid_on'] as const;

const rates = { repeated: 0.02, unlinked: 0.12, refund: 0.02, noAmount: 0.01 };
const perCustomer = 5;

/** Monthly and yearly prices of the fictional subscription, in hundredths. */
const prices = [900, 1900, 4900, 9900, 24_900, 49_900, 118_800, 298_800, 598_800] as const;

/** Billing: payments in the order of their days, one of three date notations each. */
export function payments(population: Population): FileOfRecords {
  const { seed, size, dirt } = population;
  const count = size * perCustomer;
  const rows = keyed(seed, 'demo payment');
  const written = raggedCsv(seed, 'demo payment', count, dirt, { share: 0.001, kept: 3, index: 3, extra: ' Jr.' });
  const days = period.last - period.first + 1;
  const payment = (index: number): Row | undefined => {
    const random = rows(index);
    const customer = population.draw(random, ({ systems }) => systems.billing);
    if (customer === undefined) return undefined;
    const pen = new Pen(dirt);
    const day = period.first + Math.floor((index * days) / count);
    const cells = [
      `PAY-${padded(index + 1, Math.max(6, String(count).length))}`,
      customer.billingId,
      payerName(customer, pen, random),
      pen.email('email', customer.email, random),
      crmReference(population, customer, pen, random),
      amountOf(customer.country.sign, pen, random),
      customer.country.currency,
      pen.date('paid_on', day, random.pick(dateNotations), random),
    ];
    const person = customer.index;
    return { ...written(index, cells, pen), id: customer.billingId, number: person, person };
  };
  const repeated = Math.round(count * Math.min(0.9, rates.repeated * dirt.repeated));
  return {
    name: 'billing_payments.csv',
    source: 'billing',
    stream: 'payments',
    layout: csvLayout(columns),
    expected: count + repeated,
    rows: withRepeats(count, repeated, permutation(seed, 'demo payment repeat', count), payment),
  };
}

/** The name on the card; now and then turned round, with a nickname in quotes, or broken over two lines. */
function payerName({ given, family }: Customer, pen: Pen, random: Random): string {
  const name = `${given.written} ${family.written}`;
  const { format } = pen.dirt;
  // The name is written before it is known whether it is needed, so that what follows draws the same.
  const trial = new Pen(pen.dirt);
  const written = trial.name('name', name, random);
  const kind = random.weighted([
    ['plain', 96],
    ['turned', 3 * format],
    ['nickname', 0.7 * pen.dirt.nickname],
    ['lines', 0.3 * format],
  ]);
  if (kind === 'plain') return pen.put('name', 'case', written, name);
  if (kind === 'turned') return pen.put('name', 'format', `${family.written}, ${given.written}`, name);
  if (kind === 'nickname') return pen.put('name', 'nickname', `${given.written} "${given.latin.slice(0, 3)}" ${family.written}`, name);
  return pen.put('name', 'format', `${given.written}\n${family.written}`, name);
}

function crmReference(population: Population, customer: Customer, pen: Pen, random: Random): string {
  if (!customer.systems.crm) return '';
  const { crmId } = customer;
  if (random.chance(rates.unlinked * pen.dirt.missing)) return pen.put('crm_ref', 'missing', '', crmId);
  if (!random.chance(share.contradicting * pen.dirt.contradicting)) return crmId;
  const other = population.draw(random, ({ index, systems }) => systems.crm && index !== customer.index);
  return pen.put('crm_ref', 'contradicting', (other ?? customer).crmId, crmId);
}

function amountOf(sign: CurrencySign, pen: Pen, random: Random): string {
  const { missing, invalid } = pen.dirt;
  const hundredths = random.pick(prices) + (random.chance(0.5) ? random.int(1, 99) : 0);
  const amount = writtenMoney(random.chance(rates.refund) ? -hundredths : hundredths, sign, random.chance(0.5));
  if (random.chance(rates.noAmount * missing)) return pen.put('amount', 'missing', '', amount);
  if (!random.chance(share.unparseable * invalid)) return amount;
  return pen.put('amount', 'invalid', random.pick(['n/a', 'tbc', '#REF!']), amount);
}
