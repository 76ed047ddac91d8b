import type { ProjectInput } from '../run/project/input.js';

/** The project that `init` makes: a CRM and a shop that know the same people under different ids. */
export const scaffoldProject: ProjectInput = {
  name: 'my_company',
  sources: {
    crm: { connector: 'file', streams: { contacts: { path: 'data/contacts*.csv' } } },
    shop: { connector: 'file', streams: { orders: { path: 'data/orders*.csv' } } },
  },
  tables: {
    contacts: {
      from: 'crm.contacts',
      key: 'contact_id',
      recency: 'updated_at',
      columns: {
        contact_id: 'id',
        name: 'name',
        email: { from: 'email', type: 'email', on_error: 'null' },
        city: 'city',
        updated_at: { from: 'updated_at', type: 'timestamp' },
      },
      rules: [{ rule: 'not_null', column: 'name', severity: 'warn' }],
    },
    orders: {
      from: 'shop.orders',
      key: 'order_id',
      columns: {
        order_id: 'order',
        shop_id: 'customer',
        contact_id: 'crm_id',
        customer_name: 'name',
        amount: { from: 'total', type: 'money', currency: 'currency', scale: 2 },
        ordered_on: { from: 'date', type: 'date' },
      },
      rules: [
        { rule: 'not_null', column: 'amount' },
        { rule: 'range', column: 'amount', min: 0 },
      ],
      amounts: ['amount'],
    },
  },
  entities: {
    customer: {
      records: [
        {
          table: 'contacts',
          id: 'contact_id',
          identifiers: { contact_id: 'contact_id' },
          attributes: { name: 'name', email: 'email', city: 'city' },
        },
        {
          table: 'orders',
          id: 'shop_id',
          recency: 'ordered_on',
          identifiers: { shop_id: 'shop_id', contact_id: 'contact_id' },
          attributes: { name: 'customer_name' },
        },
      ],
      identifiers: { contact_id: { unique: 'entity' }, shop_id: { unique: 'entity' } },
      survivorship: { name: { prefer: ['crm', 'shop'] }, default: 'most_recent' },
    },
  },
};

/** The files around it. */
export const scaffoldData: Readonly<Record<string, string>> = {
  'data/contacts.csv': `id,name,email,city,updated_at
C1,Ada Lovelace,Ada@Example.com,London,2025-01-04T09:00:00Z
C2,Grace Hopper,grace@example.com,New York,2025-01-05T10:30:00Z
C2,Grace Hopper,grace@example.com,Arlington,2025-03-01T08:00:00Z
C3,Alan Turing,not an address,Manchester,2025-02-11T12:00:00Z
`,
  'data/orders.csv': `order,customer,crm_id,name,total,currency,date
O-1,S-10,C1,A. Lovelace,"€1.250,00",EUR,13/02/2025
O-2,S-10,C1,A. Lovelace,€80.50,EUR,02/03/2025
O-3,S-11,C2,Grace B. Hopper,"$2,400.00",USD,21/03/2025
O-4,S-12,,Linus,$15.00,USD,2025-03-22
O-5,S-11,C2,Grace B. Hopper,not yet known,USD,2025-03-23
`,
  'models/revenue_by_customer.sql': `-- What each customer has ordered, by currency.
SELECT c.customer_key, c.name, o.amount_currency AS currency, count(*) AS orders, sum(o.amount) AS amount
FROM silver.orders o
JOIN gold.customer_crosswalk x ON x.source = 'shop' AND x.record_id = o.shop_id
JOIN gold.customer c ON c.customer_key = x.customer_key
WHERE o._deleted_at IS NULL
GROUP BY ALL
ORDER BY c.customer_key, currency
`,
  '.gitignore': '.onefold*/\n.env\n.env.*\n',
};
