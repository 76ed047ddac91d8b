import type { FileOfRecords } from '../generator.js';
import { type CurrencySign, dateNotations, padded, writtenMoney } from '../notation.js';
import { keyed, permutation, type Random } from '../random.js';
import { csvLayout, withRepeats } from '../write.js';
import { raggedCsv, share, writtenDate, writtenEmail, writtenName } from './dirt.js';
import { type Customer, type Population, period } from './population.js';

const columns = ['payment_id', 'customer', 'name', 'email', 'crm_ref', 'amount', 'currency', 'paid_on'] as const;

const rates = { repeated: 0.02, unlinked: 0.12, refund: 0.02, noAmount: 0.01 };
const perCustomer = 5;

/** Monthly and yearly prices of the fictional subscription, in hundredths. */
const prices = [900, 1900, 4900, 9900, 24_900, 49_900, 118_800, 298_800, 598_800] as const;

/** Billing: payments in the order of their days, one of three date notations each. */
export function payments(population: Population): FileOfRecords {
  const { seed, size } = population;
  const count = size * perCustomer;
  const rows = keyed(seed, 'demo payment');
  const written = raggedCsv(seed, 'demo payment', count, { share: 0.001, kept: 3, index: 3, extra: ' Jr.' });
  const days = period.last - period.first + 1;
  const payment = (index: number): string | undefined => {
    const random = rows(index);
    const customer = population.draw(random, ({ systems }) => systems.billing);
    if (customer === undefined) return undefined;
    const day = period.first + Math.floor((index * days) / count);
    return written(index, [
      `PAY-${padded(index + 1, Math.max(6, String(count).length))}`,
      customer.billingId,
      payerName(customer, random),
      writtenEmail(customer.email, random),
      crmReference(population, customer, random),
      amountOf(customer.country.sign, random),
      customer.country.currency,
      writtenDate(day, random.pick(dateNotations), random),
    ]);
  };
  return {
    name: 'billing_payments.csv',
    layout: csvLayout(columns),
    records: withRepeats(count, Math.round(count * rates.repeated), permutation(seed, 'demo payment repeat', count), payment),
  };
}

/** The name on the card; now and then turned round, with a nickname in quotes, or broken over two lines. */
function payerName({ given, family }: Customer, random: Random): string {
  const name = `${given.written} ${family.written}`;
  return random.weighted([
    [writtenName(name, random), 96],
    [`${family.written}, ${given.written}`, 3],
    [`${given.written} "${given.latin.slice(0, 3)}" ${family.written}`, 0.7],
    [`${given.written}\n${family.written}`, 0.3],
  ]);
}

function crmReference(population: Population, customer: Customer, random: Random): string {
  if (!customer.systems.crm || random.chance(rates.unlinked)) return '';
  if (!random.chance(share.contradicting)) return customer.crmId;
  const other = population.draw(random, ({ index, systems }) => systems.crm && index !== customer.index);
  return (other ?? customer).crmId;
}

function amountOf(sign: CurrencySign, random: Random): string {
  const hundredths = random.pick(prices) + (random.chance(0.5) ? random.int(1, 99) : 0);
  const amount = writtenMoney(random.chance(rates.refund) ? -hundredths : hundredths, sign, random.chance(0.5));
  if (random.chance(rates.noAmount)) return '';
  return random.chance(share.unparseable) ? random.pick(['n/a', 'tbc', '#REF!']) : amount;
}
