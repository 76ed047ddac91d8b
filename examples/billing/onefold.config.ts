import { resolve } from 'node:path';
import { defineProject } from 'onefold';

// Data of your own: ONEFOLD_DATA names a folder with the same files. Without it, `npm run example -- billing` makes some.
const data = process.env['ONEFOLD_DATA'] === undefined ? 'data' : resolve(process.env['ONEFOLD_DATA']);

export default defineProject({
  name: 'billing',
  sources: {
    stripe: { connector: 'file', streams: { payments: { path: `${data}/stripe.csv`, mode: 'replace' } } },
    salesforce: { connector: 'file', streams: { accounts: { path: `${data}/salesforce.csv`, mode: 'replace' } } },
    netsuite: { connector: 'file', streams: { revenue: { path: `${data}/netsuite.csv`, mode: 'replace' } } },
    support: { connector: 'file', streams: { tickets: { path: `${data}/customer_support_activity.json`, mode: 'replace' } } },
  },
  tables: {
    payments: {
      from: 'stripe.payments',
      key: 'content',
      columns: {
        stripe_id: 'Customer_ID',
        customer_name: 'Customer_Name',
        account_id: 'Metadata_SAL_ID',
        amount: { from: 'Amount', type: 'money', currency: 'Currency' },
        paid_on: { from: 'Date', type: 'date' },
      },
      rules: [
        { rule: 'not_null', column: 'stripe_id' },
        { rule: 'not_null', column: 'amount', severity: 'warn' },
        { rule: 'not_in_future', column: 'paid_on', severity: 'warn' },
      ],
      amounts: ['amount'],
    },
    accounts: {
      from: 'salesforce.accounts',
      key: 'account_id',
      columns: {
        account_id: 'Account_ID',
        account_name: 'Account_Name',
        stripe_id: 'Stripe_ID',
        email: { from: 'Email', type: 'email' },
        phone: 'Phone_Number',
        contract_closed_on: { from: 'Closed_Contract_Date', type: 'date' },
      },
      rules: [{ rule: 'unique', column: 'stripe_id', severity: 'warn' }],
    },
    revenue: {
      from: 'netsuite.revenue',
      key: 'content',
      columns: {
        netsuite_id: 'Customer_ID',
        customer_name: 'Customer_Name',
        stripe_id: 'Stripe_ID',
        // NetSuite states no currency. Once you know it, add `default_currency: 'USD'`: the revenue then joins the comparison.
        revenue: { from: 'Revenue', type: 'money' },
        booked_on: { from: 'Date', type: 'date' },
      },
      rules: [
        { rule: 'not_null', column: 'revenue', severity: 'warn' },
        { rule: 'relationship', column: 'stripe_id', to: 'accounts.stripe_id', severity: 'warn' },
      ],
      amounts: ['revenue'],
    },
    tickets: {
      from: 'support.tickets',
      key: 'ticket_id',
      columns: {
        ticket_id: 'Ticket_ID',
        stripe_id: 'Customer_ID',
        opened_at: { from: 'Date_Opened', type: 'timestamp' },
        closed_at: { from: 'Date_Closed', type: 'timestamp' },
        interaction_type: 'Interaction_Type',
        channel: 'Channel',
        status: 'Status',
        satisfaction: { from: 'Satisfaction_score', type: 'integer' },
        agent: 'Support_Agent',
      },
      rules: [{ rule: 'range', column: 'satisfaction', min: 1, max: 5, severity: 'warn' }],
    },
  },
  entities: {
    customer: {
      records: [
        {
          table: 'accounts',
          id: 'account_id',
          recency: 'contract_closed_on',
          identifiers: { account_id: 'account_id', stripe_id: 'stripe_id' },
          attributes: { name: 'account_name', email: 'email', phone: 'phone' },
        },
        {
          table: 'payments',
          id: 'stripe_id',
          recency: 'paid_on',
          identifiers: { stripe_id: 'stripe_id', account_id: 'account_id' },
          attributes: { name: 'customer_name' },
        },
        {
          table: 'revenue',
          id: 'netsuite_id',
          recency: 'booked_on',
          identifiers: { netsuite_id: 'netsuite_id', stripe_id: 'stripe_id' },
          attributes: { name: 'customer_name' },
        },
        { table: 'tickets', role: 'reference', recency: 'opened_at', identifiers: { stripe_id: 'stripe_id' } },
      ],
      // No customer has two accounts of one system. Names and e-mails are shared by many here, so they identify nobody.
      identifiers: { stripe_id: { unique: 'entity' }, account_id: { unique: 'entity' }, netsuite_id: { unique: 'entity' } },
      survivorship: { name: { prefer: ['salesforce', 'stripe', 'netsuite'] }, default: 'most_recent' },
      // The systems have only names in common. A name alone makes nobody one: whom it may be is a question for `onefold review`.
      match: { attributes: { name: 'name' } },
    },
  },
  models: {
    cash_vs_revenue: {
      description: 'Cash received and scheduled (Stripe) against revenue booked (NetSuite), per customer and currency',
      foreign_keys: { customer_key: { to: 'customer.customer_key' } },
    },
  },
});
