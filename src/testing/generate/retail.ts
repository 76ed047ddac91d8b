import { defineGenerator, type FileOfRecords } from './generator.js';
import { dayOf, padded, timeOf, writtenDay } from './notation.js';
import { keyed, permutation, type Random } from './random.js';
import { latinName } from './words/people.js';
import { jsonArrayLayout, jsonItem, withRepeats } from './write.js';

/** Two JSON exports of a shop, with sales that are hard to date and customers that are hard to admit. */
export const retail = defineGenerator({
  name: 'retail',
  summary: 'Sales and customers as JSON: nested products, broken identifiers, names, e-mails, dates and points',
  customers: 500,
  files: (seed, customers) => [customerFile(seed, customers), saleFile(seed, customers)],
});

const salesPerCustomer = 8;

/** Out of 105 customer rows or of 15 sales, whichever the row is: the counts that were seen in such an export. */
const customerShare = { nullId: 1 / 105, doubledId: 2 / 105, repeated: 5 / 100 };
const faultySale = 1 / 15;

const products = [
  { id: 'P01', name: 'Laptop', category: 'Electronics', price: 999.99 },
  { id: 'P02', name: 'Mouse', category: 'Accessories', price: 19.99 },
  { id: 'P03', name: 'Monitor', category: 'Electronics', price: 299.5 },
  { id: 'P04', name: 'Keyboard', category: 'Accessories', price: 49.9 },
  { id: 'P05', name: 'Desk', category: 'Furniture', price: 189 },
] as const;

type CustomerId = (index: number) => string | null;

function customerIds(seed: number, customers: number): CustomerId {
  const width = Math.max(3, String(customers).length);
  const rank = permutation(seed, 'retail broken id', customers);
  const missing = Math.max(1, Math.round(customers * customerShare.nullId));
  const doubled = Math.max(1, Math.round(customers * customerShare.doubledId));
  return (index) => {
    const id = `C${padded(index + 1, width)}`;
    if (rank(index) < missing) return null;
    return rank(index) < missing + doubled ? id + id : id;
  };
}

function customerFile(seed: number, customers: number): FileOfRecords {
  const rows = keyed(seed, 'retail customer');
  const id = customerIds(seed, customers);
  const customer = (index: number): string => {
    const random = rows(index);
    return jsonItem({
      customer_id: id(index),
      customer_name: customerName(index, random),
      email: email(index, random),
      region: random.weighted([
        [null, 25],
        ['Unknown', 20],
        ['West', 16],
        ['North', 16],
        ['South', 16],
        ['East', 12],
      ]),
      join_date: joinDate(random),
      loyalty_points: loyaltyPoints(random),
    });
  };
  const repeated = Math.round(customers * customerShare.repeated);
  return {
    name: 'customer_data.json',
    layout: jsonArrayLayout,
    records: withRepeats(customers, repeated, permutation(seed, 'retail repeat', customers), customer),
  };
}

function customerName(index: number, random: Random): string {
  const name = latinName(random);
  const shape = random.weighted([
    ['numbered', 80],
    ['empty', 12],
    ['special', 7],
    ['long', 6],
  ]);
  if (shape === 'empty') return '';
  if (shape === 'special') return `${name} !@#$%^&*()`;
  return shape === 'long' ? `${name} `.repeat(300).slice(0, 300) : `${name} ${index}`;
}

function email(index: number, random: Random): string | null {
  return random.weighted([
    [`user${index}@example.com`, 65],
    [null, 8],
    ['', 12],
    ['invalid_email', 8],
    // 270 characters before the sign, 282 in all: longer than any mailbox may be.
    [`${'verylonge'.repeat(30)}@example.com`, 12],
  ]);
}

function joinDate(random: Random): string | null {
  const iso = writtenDay(random.int(dayOf('2022-01-01'), dayOf('2024-12-31')), 'iso');
  return random.weighted([
    [iso, 81],
    [`${iso}T00:00:00Z`, 8],
    [iso.replaceAll('-', '/'), 7],
    ['invalid_date', 5],
    [null, 4],
  ]);
}

function loyaltyPoints(random: Random): number | null {
  return random.weighted([
    [random.int(3, 1982), 79],
    [null, 10],
    [-random.int(150, 837), 4],
    [random.int(1_440_000, 9_320_000), 12],
  ]);
}

function saleFile(seed: number, customers: number): FileOfRecords {
  const rows = keyed(seed, 'retail sale');
  const id = customerIds(seed, customers);
  const count = customers * salesPerCustomer;
  const width = Math.max(6, String(count).length);
  const sale = (index: number): string => {
    const random = rows(index);
    const product = random.pick(products);
    const fault = random.chance(faultySale)
      ? random.weighted([
          ['both', 2],
          ['customer', 1],
          ['quantity', 1],
        ])
      : 'none';
    const price = Math.round(product.price * (90 + 20 * random.fraction())) / 100;
    const quantity = random.int(1, 5);
    return jsonItem({
      transaction_id: `T${padded(index + 1, width)}`,
      customer_id: fault === 'both' || fault === 'customer' ? null : buyer(id, customers, random),
      product: { ...product, price },
      quantity: fault === 'both' || fault === 'quantity' ? -1 : quantity,
      discount: random.weighted([
        [null, 2],
        [0, 3],
        [0.05, 3],
        [0.1, 3],
        [0.15, 4],
      ]),
      date: saleDate(random),
      region: random.pick(['North', 'South', 'East', 'West']),
    });
  };
  return {
    name: 'sales_data_scaled.json',
    layout: jsonArrayLayout,
    records: withRepeats(count, 0, (index) => index, sale),
  };
}

/** The identifier as the customer file writes it, a doubled one too; the next customer's where it has none. */
function buyer(id: CustomerId, customers: number, random: Random): string | null {
  const index = random.int(0, customers - 1);
  return id(index) ?? id((index + 1) % customers);
}

function saleDate(random: Random): string {
  const day = random.int(dayOf('2023-01-01'), dayOf('2023-12-31'));
  const iso = writtenDay(day, 'iso');
  const time = timeOf(random);
  return random.weighted([
    [`${iso} ${time}`, 10],
    [`${iso.replaceAll('-', '/')} ${time}`, 2],
    [`${iso}T${time}Z`, 1],
    [writtenDay(day, 'slashed').replaceAll('/', '-'), 1],
    [iso, 1],
  ]);
}
