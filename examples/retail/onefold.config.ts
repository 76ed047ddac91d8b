import { resolve } from 'node:path';
import { defineProject } from 'onefold';

// Data of your own: ONEFOLD_DATA names a folder with the same files. Without it, `npm run example -- retail` makes some.
const data = process.env['ONEFOLD_DATA'] === undefined ? 'data' : resolve(process.env['ONEFOLD_DATA']);

export default defineProject({
  name: 'retail',
  sources: {
    shop: { connector: 'file', streams: { sales: { path: `${data}/sales*.json` } } },
    crm: { connector: 'file', streams: { customers: { path: `${data}/customer*.json` } } },
  },
  tables: {
    sales: {
      from: 'shop.sales',
      key: 'transaction_id',
      columns: {
        transaction_id: 'transaction_id',
        customer_id: { from: 'customer_id', extract: 'C\\d+' },
        product_id: 'product.id',
        product_name: 'product.name',
        category: 'product.category',
        price: { from: 'product.price', type: 'decimal', decimal: '.', scale: 2 },
        quantity: { from: 'quantity', type: 'integer' },
        discount: { from: 'discount', type: 'decimal', decimal: '.', scale: 4, default: 0 },
        sold_at: { from: 'date', type: 'timestamp' },
        region: 'region',
      },
      rules: [
        { rule: 'not_null', column: 'customer_id' },
        { rule: 'not_null', column: 'price' },
        { rule: 'not_null', column: 'quantity' },
        { rule: 'range', column: 'quantity', min: 1 },
        { rule: 'range', column: 'discount', min: 0, max: 1 },
        { rule: 'not_null', column: 'sold_at' },
        { rule: 'relationship', column: 'customer_id', to: 'customers.customer_id', severity: 'warn' },
      ],
    },
    customers: {
      from: 'crm.customers',
      key: 'customer_id',
      columns: {
        customer_id: { from: 'customer_id', extract: 'C\\d+' },
        customer_name: { from: 'customer_name', remove: '\\s*\\d+\\s*$' },
        email: { from: 'email', type: 'email', on_error: 'null' },
        region: { from: 'region', map: { Unknown: null }, case: 'keep' },
        join_date: { from: 'join_date', type: 'date', on_error: 'null' },
        loyalty_points: { from: 'loyalty_points', type: 'integer', clamp: { min: 0, max: 1_000_000 }, default: 0 },
      },
      rules: [
        { rule: 'length', column: 'email', max: 50 },
        { rule: 'length', column: 'customer_name', max: 50 },
      ],
    },
  },
  entities: {
    customer: {
      records: [
        {
          table: 'customers',
          id: 'customer_id',
          identifiers: { customer_id: 'customer_id' },
          attributes: { name: 'customer_name', email: 'email', region: 'region' },
        },
        { table: 'sales', role: 'reference', recency: 'sold_at', identifiers: { customer_id: 'customer_id' } },
      ],
      identifiers: { customer_id: { unique: 'entity' } },
    },
  },
  models: {
    dim_customer: { primary_key: 'customer_id' },
    dim_product: { primary_key: 'product_id' },
    dim_date: { primary_key: 'date' },
    fact_sales: {
      primary_key: 'transaction_id',
      foreign_keys: {
        // A sale whose customer was rejected stays: the customer gets an inferred row, to be filled when it comes.
        customer_id: { to: 'dim_customer.customer_id', missing: 'inferred' },
        product_id: { to: 'dim_product.product_id' },
        sold_on: { to: 'dim_date.date' },
      },
    },
  },
});
