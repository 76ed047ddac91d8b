import type { Fault, FileOfRecords, FileOfTruth, Plan, Row } from './data.js';
import type { Dirt, DirtKind } from './dirt.js';
import { defineGenerator } from './generator.js';
import { dayOf, padded, timeOf, writtenDay } from './notation.js';
import { keyed, permutation, type Random } from './random.js';
import { withRepeats } from './repeats.js';
import { personId } from './truth.js';
import { latinName } from './words/people.js';
import { csvLayout, csvRecord, jsonArrayLayout, jsonItem } from './write.js';

/** Two JSON exports of a shop, with sales that are hard to date and customers that are hard to admit. */
export const retail = defineGenerator({
  name: 'retail',
  summary: 'Sales and customers as JSON: nested products, broken identifiers, names, e-mails, dates and points',
  customers: 500,
  data: (plan) => ({ files: [customerFile(plan), saleFile(plan)], truth: [persons(plan)] }),
});

const salesPerCustomer = 8;

/** Out of 105 customer rows or of 15 sales, whichever the row is: the counts that were seen in such an export. */
const customerShare = { nullId: 1 / 105, doubledId: 2 / 105, repeated: 5 / 100 };
const faultySale = 1 / 15;
const badDiscount = 0.005;

const products = [
  { id: 'P01', name: 'Laptop', category: 'Electronics', price: 999.99 },
  { id: 'P02', name: 'Mouse', category: 'Accessories', price: 19.99 },
  { id: 'P03', name: 'Monitor', category: 'Electronics', price: 299.5 },
  { id: 'P04', name: 'Keyboard', category: 'Accessories', price: 49.9 },
  { id: 'P05', name: 'Desk', category: 'Furniture', price: 189 },
] as const;

const compass = ['North', 'South', 'East', 'West'] as const;

type CustomerId = (index: number) => { readonly clean: string; readonly written: string | null };

function customerIds({ seed, customers, dirt }: Plan): CustomerId {
  const width = Math.max(3, String(customers).length);
  const rank = permutation(seed, 'retail broken id', customers);
  const atLeastOne = (share: number, factor: number): number => (factor === 0 ? 0 : Math.max(1, Math.round(customers * share * factor)));
  const missing = atLeastOne(customerShare.nullId, dirt.missing);
  const doubled = atLeastOne(customerShare.doubledId, dirt.invalid);
  return (index) => {
    const clean = `C${padded(index + 1, width)}`;
    if (rank(index) < missing) return { clean, written: null };
    return { clean, written: rank(index) < missing + doubled ? clean + clean : clean };
  };
}

/** A value as the export has it, what is wrong with it, and what would be right. */
interface Cell {
  readonly written: string | number | null;
  readonly clean: string | number;
  readonly kind?: DirtKind;
}

function faultsOf(cells: Readonly<Record<string, Cell>>): Fault[] {
  const faults: Fault[] = [];
  for (const [field, { written, clean, kind }] of Object.entries(cells))
    if (written !== clean) faults.push({ field, kind: kind ?? 'missing', written: String(written ?? ''), clean: String(clean) });
  return faults;
}

function customerFile(plan: Plan): FileOfRecords {
  const { seed, customers, dirt } = plan;
  const rows = keyed(seed, 'retail customer');
  const hidden = keyed(seed, 'retail region');
  const id = customerIds(plan);
  const customer = (index: number): Row => {
    const random = rows(index);
    const { written, clean } = id(index);
    const cells = {
      customer_id: { written, clean, kind: written === null ? 'missing' : 'invalid' } as const,
      customer_name: customerName(index, random, dirt),
      email: email(index, random, dirt),
      region: region(random, hidden(index), dirt),
      join_date: joinDate(random, dirt),
      loyalty_points: loyaltyPoints(random, dirt),
    };
    const item = Object.fromEntries(Object.entries(cells).map(([field, cell]) => [field, cell.written]));
    return { text: jsonItem(item), id: written ?? undefined, number: index, person: index, faults: faultsOf(cells) };
  };
  const repeated = Math.round(customers * Math.min(0.9, customerShare.repeated * dirt.repeated));
  return {
    name: 'customer_data.json',
    source: 'crm',
    stream: 'customers',
    layout: jsonArrayLayout,
    expected: customers + repeated,
    rows: withRepeats(customers, repeated, permutation(seed, 'retail repeat', customers), customer),
  };
}

function customerName(index: number, random: Random, dirt: Dirt): Cell {
  const clean = latinName(random);
  const shape = random.weighted([
    ['numbered', 80],
    ['empty', 12 * dirt.missing],
    ['special', 7 * dirt.invalid],
    ['long', 6 * dirt.invalid],
  ]);
  if (shape === 'empty') return { written: '', clean };
  if (shape === 'special') return { written: `${clean} !@#$%^&*()`, clean, kind: 'invalid' };
  if (shape === 'long') return { written: `${clean} `.repeat(300).slice(0, 300), clean, kind: 'invalid' };
  return { written: `${clean} ${index}`, clean, kind: 'format' };
}

function email(index: number, random: Random, dirt: Dirt): Cell {
  const clean = `user${index}@example.com`;
  return random.weighted<Cell>([
    [{ written: clean, clean }, 65],
    [{ written: null, clean }, 8 * dirt.missing],
    [{ written: '', clean }, 12 * dirt.missing],
    [{ written: 'invalid_email', clean, kind: 'invalid' }, 8 * dirt.invalid],
    // 270 characters before the sign, 282 in all: longer than any mailbox may be.
    [{ written: `${'verylonge'.repeat(30)}@example.com`, clean, kind: 'invalid' }, 12 * dirt.invalid],
  ]);
}

/** A customer's region; what it is where the export has none comes from a stream of its own. */
function region(random: Random, hidden: Random, { missing }: Dirt): Cell {
  const written = random.weighted<string | null>([
    [null, 25 * missing],
    ['Unknown', 20 * missing],
    ['West', 16],
    ['North', 16],
    ['South', 16],
    ['East', 12],
  ]);
  const known = written !== null && written !== 'Unknown';
  return { written, clean: known ? written : hidden.pick(compass) };
}

function joinDate(random: Random, dirt: Dirt): Cell {
  const clean = writtenDay(random.int(dayOf('2022-01-01'), dayOf('2024-12-31')), 'iso');
  return random.weighted<Cell>([
    [{ written: clean, clean }, 81],
    [{ written: `${clean}T00:00:00Z`, clean, kind: 'format' }, 8 * dirt.format],
    [{ written: clean.replaceAll('-', '/'), clean, kind: 'format' }, 7 * dirt.format],
    [{ written: 'invalid_date', clean, kind: 'invalid' }, 5 * dirt.invalid],
    [{ written: null, clean }, 4 * dirt.missing],
  ]);
}

function loyaltyPoints(random: Random, dirt: Dirt): Cell {
  const clean = random.int(3, 1982);
  const negative = -random.int(150, 837);
  return random.weighted<Cell>([
    [{ written: clean, clean }, 79],
    [{ written: null, clean }, 10 * dirt.missing],
    [{ written: negative, clean, kind: 'invalid' }, 4 * dirt.invalid],
    [{ written: random.int(1_440_000, 9_320_000), clean, kind: 'invalid' }, 12 * dirt.invalid],
  ]);
}

function saleFile(plan: Plan): FileOfRecords {
  const { seed, customers, dirt } = plan;
  const rows = keyed(seed, 'retail sale');
  const discounts = keyed(seed, 'retail discount out of range');
  const unnamed = keyed(seed, 'retail buyer');
  const id = customerIds(plan);
  const count = customers * salesPerCustomer;
  const width = Math.max(6, String(count).length);
  const sale = (index: number): Row => {
    const random = rows(index);
    const product = random.pick(products);
    const fault = random.chance(Math.min(0.9, (faultySale * (dirt.missing + dirt.invalid)) / 2))
      ? random.weighted([
          ['both', 2],
          ['customer', 1],
          ['quantity', 1],
        ])
      : 'none';
    const price = Math.round(product.price * (90 + 20 * random.fraction())) / 100;
    const quantity = random.int(1, 5);
    const unknown = fault === 'both' || fault === 'customer';
    const bought = unknown ? unnamed(index).int(0, customers - 1) : buyer(id, customers, random);
    const bearer = unknown ? null : id(bought).written;
    const cells = {
      quantity: { written: fault === 'both' || fault === 'quantity' ? -1 : quantity, clean: quantity, kind: 'invalid' } as const,
      discount: discount(random, dirt, discounts(index)),
      date: saleDate(random, dirt),
    };
    const number = `T${padded(index + 1, width)}`;
    const text = jsonItem({
      transaction_id: number,
      customer_id: bearer,
      product: { ...product, price },
      quantity: cells.quantity.written,
      discount: cells.discount.written,
      date: cells.date.written,
      region: random.pick(compass),
    });
    const faults = faultsOf({
      ...cells,
      customer_id: { written: bearer, clean: id(bought).clean, kind: bearer === null ? 'missing' : 'invalid' },
    });
    return { text, id: number, number: index, person: bought, faults };
  };
  return {
    name: 'sales_data_scaled.json',
    source: 'shop',
    stream: 'sales',
    layout: jsonArrayLayout,
    expected: count,
    rows: withRepeats(count, 0, (index) => index, sale),
  };
}

/** Who bought: as a rule one whose identifier the customer file has, be it a doubled one. */
function buyer(id: CustomerId, customers: number, random: Random): number {
  const index = random.int(0, customers - 1);
  return id(index).written === null ? (index + 1) % customers : index;
}

/** A share of the price: none stated in two of fifteen sales, and one in two hundred that is no share. */
function discount(random: Random, dirt: Dirt, own: Random): Cell {
  const written = random.weighted<number | null>([
    [null, 2 * dirt.missing],
    [0, 3],
    [0.05, 3],
    [0.1, 3],
    [0.15, 4],
  ]);
  const clean = written ?? 0;
  return own.chance(badDiscount * dirt.invalid) ? { written: own.pick([1.5, -0.1, 15]), clean, kind: 'invalid' } : { written, clean };
}

function saleDate(random: Random, { format }: Dirt): Cell {
  const day = random.int(dayOf('2023-01-01'), dayOf('2023-12-31'));
  const iso = writtenDay(day, 'iso');
  const time = timeOf(random);
  const clean = `${iso} ${time}`;
  const written = random.weighted([
    [clean, 10],
    [`${iso.replaceAll('-', '/')} ${time}`, 2 * format],
    [`${iso}T${time}Z`, format],
    [writtenDay(day, 'slashed').replaceAll('/', '-'), format],
    [iso, format],
  ]);
  return { written, clean, kind: 'format' };
}

function persons(plan: Plan): FileOfTruth {
  const { seed, customers, dirt } = plan;
  const facts = keyed(seed, 'retail customer');
  const hidden = keyed(seed, 'retail region');
  const id = customerIds(plan);
  function* rows(): Generator<string> {
    for (let index = 0; index < customers; index += 1) {
      const random = facts(index);
      const cells = [
        customerName(index, random, dirt),
        email(index, random, dirt),
        region(random, hidden(index), dirt),
        joinDate(random, dirt),
      ];
      const points = loyaltyPoints(random, dirt);
      yield csvRecord([personId(index, customers), id(index).clean, ...[...cells, points].map(({ clean }) => String(clean))]);
    }
  }
  const columns = ['entity_id', 'customer_id', 'customer_name', 'email', 'region', 'join_date', 'loyalty_points'];
  return { name: 'persons.csv', layout: csvLayout(columns), rows: rows() };
}
