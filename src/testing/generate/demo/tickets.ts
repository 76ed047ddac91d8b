import type { FileOfRecords } from '../generator.js';
import { momentOf, padded } from '../notation.js';
import { keyed, permutation, type Random } from '../random.js';
import { ndjsonLayout, withRepeats } from '../write.js';
import { share, writtenEmail } from './dirt.js';
import { type Customer, type Population, period } from './population.js';

const rates = { repeated: 0.015, unlinked: 0.03, unknown: 0.02, impossibleScore: 0.01 };
const perCustomer = 0.6;

const subjects = [
  'Invoice shows the wrong address',
  'Cannot sign in after password change',
  'Refund for double charge',
  'How do I add a second user?',
  'Export to spreadsheet fails',
  'Please cancel my subscription',
  'Upgrade to yearly plan',
  'Payment failed, card was fine',
  'Missing data since yesterday',
  'Question about "seats" and pricing',
  'Change of company name',
  'App is slow in the morning',
] as const;

/** Support: a desk that lets people write their customer number themselves, in any of its forms or not at all. */
export function tickets(population: Population): FileOfRecords {
  const { seed, size } = population;
  const count = Math.max(1, Math.round(size * perCustomer));
  const rows = keyed(seed, 'demo ticket');
  const ticket = (index: number): string | undefined => {
    const random = rows(index);
    const customer = population.draw(random, ({ systems }) => systems.crm || systems.billing || systems.support);
    if (customer === undefined) return undefined;
    const status = random.weighted([
      ['open', 20],
      ['pending', 15],
      ['solved', 35],
      ['closed', 25],
      ['Closed', 5],
    ]);
    const settled = status !== 'open' && status !== 'pending';
    return JSON.stringify({
      ticket_id: `TKT-${padded(index + 1, Math.max(5, String(count).length))}`,
      requester: { id: requesterId(population, customer, random), email: writtenEmail(customer.email, random) || null },
      subject: random.pick(subjects),
      status,
      priority: random.weighted([
        ['low', 25],
        ['normal', 50],
        ['high', 20],
        ['urgent', 5],
      ]),
      opened_at: momentOf(random.int(period.first, period.last), random),
      satisfaction: settled && random.chance(0.7) ? satisfaction(random) : null,
    });
  };
  return {
    name: 'support_tickets.ndjson',
    layout: ndjsonLayout,
    records: withRepeats(count, Math.round(count * rates.repeated), permutation(seed, 'demo ticket repeat', count), ticket),
  };
}

function requesterId(population: Population, customer: Customer, random: Random): string | null {
  const { systems } = customer;
  if (systems.support || random.chance(rates.unlinked)) return null;
  if (random.chance(rates.unknown)) return population.crmId(population.size + random.int(0, 999));
  const other = random.chance(share.contradicting)
    ? population.draw(random, ({ index, systems: { crm } }) => crm && index !== customer.index)
    : undefined;
  if (other) return other.crmId;
  const byCrm = systems.crm && (!systems.billing || random.chance(0.55));
  return variantOf(byCrm ? customer.crmId : customer.billingId, random);
}

/** `CRM-00012`, and what people make of it. */
function variantOf(id: string, random: Random): string {
  const [prefix = '', number = ''] = id.split('-');
  return random.weighted([
    [id, 60],
    [id.toLowerCase(), 15],
    [prefix + number, 10],
    [`${prefix.toLowerCase()}_${Number(number)}`, 8],
    [` ${id} `, 7],
  ]);
}

function satisfaction(random: Random): number {
  if (random.chance(rates.impossibleScore)) return -1;
  return random.weighted([
    [1, 8],
    [2, 10],
    [3, 20],
    [4, 32],
    [5, 30],
  ]);
}
