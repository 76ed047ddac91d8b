import type { FileOfRecords, Row } from '../data.js';
import { momentOf, padded } from '../notation.js';
import { keyed, permutation, type Random } from '../random.js';
import { withRepeats } from '../repeats.js';
import { ndjsonLayout } from '../write.js';
import { Pen, share } from './dirt.js';
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
  const { seed, size, dirt } = population;
  const count = Math.max(1, Math.round(size * perCustomer));
  const rows = keyed(seed, 'demo ticket');
  const ticket = (index: number): Row | undefined => {
    const random = rows(index);
    const customer = population.draw(random, ({ systems }) => systems.crm || systems.billing || systems.support);
    if (customer === undefined) return undefined;
    const pen = new Pen(dirt);
    const status = random.weighted([
      ['open', 20],
      ['pending', 15],
      ['solved', 35],
      ['closed', 25],
      ['Closed', 5],
    ]);
    const settled = status !== 'open' && status !== 'pending';
    const id = `TKT-${padded(index + 1, Math.max(5, String(count).length))}`;
    const text = JSON.stringify({
      ticket_id: id,
      requester: {
        id: requesterId(population, customer, pen, random),
        email: pen.email('requester.email', customer.email, random) || null,
      },
      subject: random.pick(subjects),
      status,
      priority: random.weighted([
        ['low', 25],
        ['normal', 50],
        ['high', 20],
        ['urgent', 5],
      ]),
      opened_at: momentOf(random.int(period.first, period.last), random),
      satisfaction: settled && random.chance(0.7) ? satisfaction(pen, random) : null,
    });
    return { text, id, number: index, person: customer.index, faults: pen.faults };
  };
  const repeated = Math.round(count * Math.min(0.9, rates.repeated * dirt.repeated));
  return {
    name: 'support_tickets.ndjson',
    source: 'support',
    stream: 'tickets',
    layout: ndjsonLayout,
    expected: count + repeated,
    rows: withRepeats(count, repeated, permutation(seed, 'demo ticket repeat', count), ticket),
  };
}

function requesterId(population: Population, customer: Customer, pen: Pen, random: Random): string | null {
  const { systems, crmId, billingId } = customer;
  const { missing, contradicting, format } = pen.dirt;
  if (systems.support) return null;
  const right = systems.crm ? crmId : billingId;
  if (random.chance(rates.unlinked * missing)) {
    pen.put('requester.id', 'missing', '', right);
    return null;
  }
  if (random.chance(rates.unknown * contradicting))
    return pen.put('requester.id', 'contradicting', population.crmId(population.size + random.int(0, 999)), right);
  const other = random.chance(share.contradicting * contradicting)
    ? population.draw(random, ({ index, systems: { crm } }) => crm && index !== customer.index)
    : undefined;
  if (other) return pen.put('requester.id', 'contradicting', other.crmId, right);
  const byCrm = systems.crm && (!systems.billing || random.chance(0.55));
  const id = byCrm ? crmId : billingId;
  return pen.put('requester.id', 'format', variantOf(id, format, random), id);
}

/** `CRM-00012`, and what people make of it. */
function variantOf(id: string, format: number, random: Random): string {
  const [prefix = '', number = ''] = id.split('-');
  return random.weighted([
    [id, 60],
    [id.toLowerCase(), 15 * format],
    [prefix + number, 10 * format],
    [`${prefix.toLowerCase()}_${Number(number)}`, 8 * format],
    [` ${id} `, 7 * format],
  ]);
}

function satisfaction(pen: Pen, random: Random): number {
  if (random.chance(rates.impossibleScore * pen.dirt.invalid)) return Number(pen.put('satisfaction', 'invalid', '-1', ''));
  return random.weighted([
    [1, 8],
    [2, 10],
    [3, 20],
    [4, 32],
    [5, 30],
  ]);
}
