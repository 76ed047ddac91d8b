/** The lists of Stripe that can be read, and what Stripe tells of changes to them. */
import type { Blind } from '../contract.js';

/** Parameters of a request; a list stands for one parameter that is repeated. */
export type Query = Readonly<Record<string, string | number | readonly string[]>>;

export interface StripeList {
  /** What its records are called in their field `object`, and in the fields of others that refer to them. */
  readonly object: string;
  /** What a restricted key needs, besides `rak_event_read`. */
  readonly permission: string;
  /** Parameters of its reading; a list that shows only a part at a time is read once for each. */
  readonly parts: readonly Query[];
  /**
   * How the list can be followed: by the events that are named, which may be of other objects that refer to a record; by what was
   * created since; or not at all, so that every run reads all of it.
   */
  readonly news: readonly string[] | 'created' | null;
  /** What no event tells. */
  readonly blind: readonly Blind[];
}

const named = (subject: string, ...events: readonly string[]): readonly string[] => events.map((event) => `${subject}.${event}`);
const changes = ['created', 'updated', 'deleted'] as const;
const all: readonly Query[] = [{}];

export const stripeLists = {
  customers: {
    object: 'customer',
    permission: 'rak_customer_read',
    parts: all,
    news: [
      ...named('customer', ...changes),
      ...named('customer.discount', ...changes),
      ...named('customer.source', ...changes),
      ...named('customer.tax_id', ...changes),
    ],
    blind: [],
  },
  charges: {
    object: 'charge',
    permission: 'rak_charge_read',
    parts: all,
    news: [
      ...named('charge', 'captured', 'expired', 'failed', 'pending', 'refunded', 'succeeded', 'updated', 'refund.updated'),
      ...named('charge.dispute', 'closed', 'created', 'funds_reinstated', 'funds_withdrawn', 'updated'),
    ],
    blind: [],
  },
  invoices: {
    object: 'invoice',
    permission: 'rak_invoice_read',
    parts: all,
    // Not `invoice.upcoming`: the invoice of which it tells does not exist.
    news: [
      ...named('invoice', ...changes, 'finalization_failed', 'finalized', 'marked_uncollectible', 'overdue', 'overpaid', 'paid'),
      ...named('invoice', 'payment_action_required', 'payment_attempt_required', 'payment_failed', 'payment_succeeded'),
      ...named('invoice', 'sent', 'voided', 'will_be_due'),
      ...named('credit_note', 'created', 'updated', 'voided'),
    ],
    blind: [],
  },
  subscriptions: {
    object: 'subscription',
    permission: 'rak_subscription_read',
    // Without it, those that were cancelled are left out; `customer.subscription.deleted` is such a cancellation, and deletes nothing.
    parts: [{ status: 'all' }],
    news: [
      ...named('customer.subscription', ...changes, 'paused', 'resumed', 'trial_will_end'),
      ...named('customer.subscription', 'pending_update_applied', 'pending_update_expired'),
      ...named('customer.discount', ...changes),
    ],
    blind: [],
  },
  refunds: {
    object: 'refund',
    permission: 'rak_charge_read',
    parts: all,
    news: [...named('refund', 'created', 'updated', 'failed'), 'charge.refund.updated'],
    blind: [],
  },
  disputes: {
    object: 'dispute',
    permission: 'rak_dispute_read',
    parts: all,
    news: named('charge.dispute', 'closed', 'created', 'funds_reinstated', 'funds_withdrawn', 'updated'),
    blind: [],
  },
  // Amounts and fees never change; `status` does, by itself, when `available_on` is past.
  balance_transactions: {
    object: 'balance_transaction',
    permission: 'rak_balance_transaction_read',
    parts: all,
    news: 'created',
    blind: ['updates'],
  },
  // There is no event for a change that is none of status: of the metadata, say.
  payment_intents: {
    object: 'payment_intent',
    permission: 'rak_payment_intent_read',
    parts: all,
    news: [
      ...named('payment_intent', 'amount_capturable_updated', 'canceled', 'created', 'partially_funded'),
      ...named('payment_intent', 'payment_failed', 'processing', 'requires_action', 'succeeded'),
    ],
    blind: ['updates'],
  },
  products: { object: 'product', permission: 'rak_product_read', parts: all, news: named('product', ...changes), blind: [] },
  // Events also tell of prices that no list shows (those made for one invoice), so they can't be followed by them. The active ones are
  // read first: a price that is archived meanwhile comes twice, and not never.
  prices: { object: 'price', permission: 'rak_plan_read', parts: [{ active: 'true' }, { active: 'false' }], news: null, blind: [] },
  payouts: {
    object: 'payout',
    permission: 'rak_payout_read',
    parts: all,
    news: named('payout', 'canceled', 'created', 'failed', 'paid', 'reconciliation_completed', 'updated'),
    blind: [],
  },
} as const satisfies Readonly<Record<string, StripeList>>;

/** Name of a list, as in its address. */
export type StripeListName = keyof typeof stripeLists;
