import { defineProject } from 'onefold';

// Four systems of one company. `npm start` generates their data, builds this project and explains a customer.
export default defineProject({
  name: 'demo',
  sources: {
    crm: { connector: 'file', streams: { contacts: { path: 'data/crm_contacts*.csv' } } },
    billing: { connector: 'file', streams: { payments: { path: 'data/billing_payments*.csv' } } },
    support: { connector: 'file', streams: { tickets: { path: 'data/support_tickets*.ndjson' } } },
    erp: { connector: 'file', streams: { invoices: { path: 'data/erp_invoices*.json', records: 'data.invoices' } } },
  },
  tables: {
    contacts: {
      from: 'crm.contacts',
      key: 'contact_id',
      recency: 'updated_at',
      columns: {
        contact_id: 'contact_id',
        name: 'full_name',
        email: { from: 'email', type: 'email', on_error: 'null' },
        phone: 'phone',
        company: 'company',
        city: 'city',
        country: 'country',
        billing_id: 'billing_id',
        created_on: { from: 'created', type: 'date', on_error: 'null' },
        updated_at: { from: 'updated_at', type: 'timestamp' },
      },
      rules: [{ rule: 'regex', column: 'contact_id', pattern: '^CRM-\\d+$' }],
    },
    payments: {
      from: 'billing.payments',
      key: 'payment_id',
      columns: {
        payment_id: 'payment_id',
        billing_id: 'customer',
        name: 'name',
        email: { from: 'email', type: 'email', on_error: 'null' },
        crm_ref: 'crm_ref',
        amount: { from: 'amount', type: 'money', currency: 'currency', scale: 2 },
        paid_on: { from: 'paid_on', type: 'date' },
      },
      rules: [
        { rule: 'not_null', column: 'amount' },
        {
          rule: 'accepted_values',
          column: 'amount_currency',
          values: ['EUR', 'USD', 'GBP', 'CHF', 'SEK', 'CAD', 'AUD', 'JPY', 'INR', 'BRL', 'MXN', 'PLN'],
          severity: 'warn',
        },
        { rule: 'not_in_future', column: 'paid_on', severity: 'warn' },
      ],
      amounts: ['amount'],
    },
    tickets: {
      from: 'support.tickets',
      key: 'ticket_id',
      columns: {
        ticket_id: 'ticket_id',
        crm_id: { from: 'requester.id', extract: '(?i)crm-\\d{5}', case: 'upper' },
        billing_id: { from: 'requester.id', extract: '(?i)cus-\\d{5}', case: 'upper' },
        subject: 'subject',
        status: { from: 'status', case: 'lower' },
        priority: { from: 'priority', case: 'lower' },
        opened_at: { from: 'opened_at', type: 'timestamp' },
        satisfaction: { from: 'satisfaction', type: 'integer', clamp: { min: 1 } },
      },
      rules: [{ rule: 'range', column: 'satisfaction', min: 1, max: 5, severity: 'warn' }],
    },
    invoices: {
      from: 'erp.invoices',
      key: 'invoice_no',
      columns: {
        invoice_no: 'invoice_no',
        account_no: 'account.no',
        billing_id: 'account.billing_id',
        account_name: 'account.name',
        total: { from: 'total', type: 'money', currency: 'currency', decimal: '.', scale: 2 },
        issued_on: { from: 'issued_on', type: 'date' },
      },
      rules: [{ rule: 'not_null', column: 'total' }],
      amounts: ['total'],
    },
  },
  entities: {
    customer: {
      records: [
        {
          table: 'contacts',
          id: 'contact_id',
          identifiers: { crm_id: 'contact_id', billing_id: 'billing_id' },
          attributes: { name: 'name', email: 'email', phone: 'phone', company: 'company', city: 'city', country: 'country' },
        },
        {
          table: 'payments',
          id: 'billing_id',
          recency: 'paid_on',
          identifiers: { billing_id: 'billing_id', crm_id: 'crm_ref' },
          attributes: { name: 'name', email: 'email' },
        },
        {
          table: 'invoices',
          id: 'account_no',
          recency: 'issued_on',
          identifiers: { erp_id: 'account_no', billing_id: 'billing_id' },
          attributes: { name: 'account_name' },
        },
        { table: 'tickets', role: 'reference', recency: 'opened_at', identifiers: { crm_id: 'crm_id', billing_id: 'billing_id' } },
      ],
      identifiers: { crm_id: { unique: 'entity' }, billing_id: { unique: 'entity' }, erp_id: { unique: 'entity' } },
      survivorship: { name: { prefer: ['crm', 'billing', 'erp'] }, email: { prefer: ['crm', 'billing'] }, default: 'most_recent' },
    },
  },
  models: {
    cash_vs_invoiced: { primary_key: ['customer_key', 'currency'], foreign_keys: { customer_key: { to: 'customer.customer_key' } } },
  },
});
