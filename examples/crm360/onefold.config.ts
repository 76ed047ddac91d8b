import { resolve } from 'node:path';
import { defineProject } from 'onefold';

// Data of your own: ONEFOLD_DATA names a folder with the same files. Without it, `npm run example -- crm360` makes some.
const data = process.env['ONEFOLD_DATA'] === undefined ? 'data' : resolve(process.env['ONEFOLD_DATA']);

// The CRM and the marketing platform are services. `npm run example -- crm360` starts one that serves users.json and posts.json.
const url = process.env['ONEFOLD_DIRECTORY_URL'] ?? 'http://127.0.0.1:8360';
const budget = { requests: 100, per_s: 10, concurrency: 2 };
const paging = { kind: 'offset', offset: 'skip', limit: 'limit', size: 50 } as const;

// Whatever else the services know of a person (passwords, bank cards), neither asked for nor landed.
const userFields = ['id', 'firstName', 'lastName', 'email', 'birthDate', 'gender', 'phone', 'address'];
const postFields = ['id', 'userId', 'views', 'reactions', 'tags'];

export default defineProject({
  name: 'crm360',
  sources: {
    crm: {
      connector: 'rest',
      url,
      budget,
      streams: {
        users: {
          path: 'users',
          query: { select: userFields.join(',') },
          columns: userFields,
          records: 'users',
          total: 'total',
          paging,
          key: ['id'],
        },
      },
    },
    marketing: {
      connector: 'rest',
      url,
      budget,
      streams: {
        posts: {
          path: 'posts',
          query: { select: postFields.join(',') },
          columns: postFields,
          records: 'posts',
          total: 'total',
          paging,
          key: ['id'],
        },
      },
    },
    erp: { connector: 'file', streams: { customers: { path: `${data}/ERP_CSV_Data.csv`, mode: 'replace' } } },
    support: { connector: 'file', streams: { tickets: { path: `${data}/Support_JSON_ticket_data.json`, mode: 'replace' } } },
  },
  tables: {
    users: {
      from: 'crm.users',
      key: 'user_id',
      columns: {
        user_id: 'id',
        first_name: 'firstName',
        last_name: 'lastName',
        email: { from: 'email', type: 'email', on_error: 'null' },
        phone: 'phone',
        birth_date: { from: 'birthDate', type: 'date', on_error: 'null' },
        gender: { from: 'gender', case: 'lower' },
        street: 'address.address',
        city: 'address.city',
        postal_code: 'address.postalCode',
        country: 'address.country',
      },
      rules: [
        { rule: 'not_null', column: 'email', severity: 'warn' },
        { rule: 'unique', column: 'email', severity: 'warn' },
      ],
    },
    customers: {
      from: 'erp.customers',
      key: 'cust_number',
      columns: {
        cust_number: 'cust_number',
        full_name: 'full_name',
        street: 'street',
        city: 'city',
        postal_code: 'postal_code',
        tax_id: 'tax_id',
      },
      rules: [
        { rule: 'relationship', column: 'cust_number', to: 'users.user_id', severity: 'warn' },
        { rule: 'unique', column: 'tax_id', severity: 'warn' },
      ],
    },
    posts: {
      from: 'marketing.posts',
      key: 'post_id',
      columns: {
        post_id: 'id',
        user_id: 'userId',
        views: { from: 'views', type: 'integer' },
        likes: { from: 'reactions.likes', type: 'integer' },
        dislikes: { from: 'reactions.dislikes', type: 'integer' },
        tags: 'tags',
      },
    },
    tickets: {
      from: 'support.tickets',
      key: 'ticket_id',
      columns: {
        ticket_id: 'ticket_id',
        email: { from: 'email', type: 'email', on_error: 'null' },
        category: { from: 'category', case: 'lower', default: 'unknown' },
        status: { from: 'status', case: 'lower', default: 'unknown' },
        priority: { from: 'priority', case: 'lower', default: 'unknown' },
        created_on: { from: 'created_at', type: 'date', order: 'month_first', on_error: 'null' },
      },
    },
  },
  entities: {
    customer: {
      records: [
        {
          table: 'users',
          id: 'user_id',
          identifiers: { crm_id: 'user_id', email: 'email' },
          attributes: {
            first_name: 'first_name',
            last_name: 'last_name',
            email: 'email',
            phone: 'phone',
            birth_date: 'birth_date',
            gender: 'gender',
            street: 'street',
            city: 'city',
            postal_code: 'postal_code',
            country: 'country',
          },
        },
        {
          table: 'customers',
          id: 'cust_number',
          identifiers: { crm_id: 'cust_number' },
          attributes: { tax_id: 'tax_id', street: 'street', city: 'city', postal_code: 'postal_code' },
        },
        { table: 'posts', role: 'reference', identifiers: { crm_id: 'user_id' } },
        { table: 'tickets', role: 'reference', identifiers: { email: 'email' } },
      ],
      identifiers: { crm_id: { unique: 'entity' }, email: { max_records: 1 } },
      // The CRM is the system of record for how to reach somebody; the ERP for the formal address, and where it has none the CRM.
      survivorship: {
        street: { prefer: ['erp', 'crm'] },
        city: { prefer: ['erp', 'crm'] },
        postal_code: { prefer: ['erp', 'crm'] },
        default: { prefer: ['crm', 'erp'] },
      },
    },
  },
  models: {
    customer_profile: {
      description: 'One row per user of the CRM: who it is, what is known, and what was written and asked',
      primary_key: 'user_id',
      foreign_keys: { customer_key: { to: 'customer.customer_key' } },
    },
    unlinked: { description: 'Every record that leads to no user of the CRM, and why' },
  },
});
