/** The lists that the emulator of Stripe serves, as the service documents them: names, ids, filters, and the events of what happens. */

/** A record as the API shows it: `id`, `created` (seconds since 1970) and whatever else it has. */
export type StripeRecord = Readonly<Record<string, unknown>>;

export interface StripeTable {
  readonly object: string;
  readonly prefix: string;
  /** What a restricted key needs to read it. */
  readonly permission: string;
  /** Fields that a list can be filtered by, besides `created`. */
  readonly filters: readonly string[];
  /** Fields that hold an id which can be expanded → the list it is of. */
  readonly expandable: Readonly<Record<string, string>>;
  /** The event of each kind of change; null where there is none. */
  readonly events: { readonly insert: string | null; readonly update: string | null; readonly remove: string | null };
  /** What a list leaves out where its filters don't ask for it. */
  readonly hides?: (record: StripeRecord, filters: ReadonlyMap<string, string>) => boolean;
}

const events = (subject: string) => ({ insert: `${subject}.created`, update: `${subject}.updated`, remove: `${subject}.deleted` });
const customer = { customer: 'customers' };

export const stripeTables: Readonly<Record<string, StripeTable>> = {
  customers: {
    object: 'customer',
    prefix: 'cus',
    permission: 'rak_customer_read',
    filters: ['email', 'test_clock'],
    expandable: {},
    events: events('customer'),
  },
  charges: {
    object: 'charge',
    prefix: 'ch',
    permission: 'rak_charge_read',
    filters: ['customer', 'payment_intent', 'transfer_group'],
    expandable: { ...customer, balance_transaction: 'balance_transactions', payment_intent: 'payment_intents' },
    events: { insert: 'charge.succeeded', update: 'charge.updated', remove: null },
  },
  invoices: {
    object: 'invoice',
    prefix: 'in',
    permission: 'rak_invoice_read',
    filters: ['collection_method', 'customer', 'status', 'subscription'],
    expandable: customer,
    events: events('invoice'),
  },
  subscriptions: {
    object: 'subscription',
    prefix: 'sub',
    permission: 'rak_subscription_read',
    filters: ['collection_method', 'customer', 'price', 'status', 'test_clock'],
    expandable: { ...customer, latest_invoice: 'invoices' },
    events: events('customer.subscription'),
    hides: (record, filters) => !filters.has('status') && record['status'] === 'canceled',
  },
  refunds: {
    object: 'refund',
    prefix: 're',
    permission: 'rak_charge_read',
    filters: ['charge', 'payment_intent'],
    expandable: { charge: 'charges', balance_transaction: 'balance_transactions' },
    events: { insert: 'refund.created', update: 'refund.updated', remove: null },
  },
  disputes: {
    object: 'dispute',
    prefix: 'dp',
    permission: 'rak_dispute_read',
    filters: ['charge', 'payment_intent'],
    expandable: { charge: 'charges' },
    events: { insert: 'charge.dispute.created', update: 'charge.dispute.updated', remove: null },
  },
  balance_transactions: {
    object: 'balance_transaction',
    prefix: 'txn',
    permission: 'rak_balance_transaction_read',
    filters: ['currency', 'payout', 'source', 'type'],
    expandable: {},
    events: { insert: null, update: null, remove: null },
  },
  payment_intents: {
    object: 'payment_intent',
    prefix: 'pi',
    permission: 'rak_payment_intent_read',
    filters: ['customer'],
    expandable: { ...customer, latest_charge: 'charges' },
    events: { insert: 'payment_intent.created', update: null, remove: null },
  },
  products: {
    object: 'product',
    prefix: 'prod',
    permission: 'rak_product_read',
    filters: ['active', 'type'],
    expandable: { default_price: 'prices' },
    events: events('product'),
  },
  prices: {
    object: 'price',
    prefix: 'price',
    permission: 'rak_plan_read',
    filters: ['active', 'currency', 'product', 'type'],
    expandable: { product: 'products' },
    events: events('price'),
    hides: (record, filters) => !filters.has('active') && record['active'] === false,
  },
  payouts: {
    object: 'payout',
    prefix: 'po',
    permission: 'rak_payout_read',
    filters: ['status'],
    expandable: { balance_transaction: 'balance_transactions' },
    events: { insert: 'payout.created', update: 'payout.updated', remove: null },
  },
  events: {
    object: 'event',
    prefix: 'evt',
    permission: 'rak_event_read',
    filters: ['delivery_success', 'type', 'types'],
    expandable: {},
    events: { insert: null, update: null, remove: null },
  },
};

/** A list by its name. @throws Error when there is none */
export function tableOf(name: string): StripeTable {
  const table = stripeTables[name];
  if (table === undefined) throw new Error(`there is no list ${name}`);
  return table;
}
