import { defineProject } from 'onefold';

// The database of the utility. `npm run example -- utility` starts one and fills it; for your own, ONEFOLD_UTILITY_URL is its connection string.
const url = { env: 'ONEFOLD_UTILITY_URL' };

/** One part of the address, counted from its beginning, or with a minus from its end, where state and postcode stand whatever lies before them. */
const part = (at: number) => ({ type: 'sql', sql: `nullif(trim(string_split(address, ',')[${at}]), '')` }) as const;

export default defineProject({
  name: 'utility',
  sources: {
    abc: {
      connector: 'postgres',
      url,
      streams: {
        // Nothing in the table says which of two contradicting rows of a consumer is right, so each row comes with how many there are.
        consumer_data: {
          sql: `SELECT c.*, v.versions FROM consumer_data c
            LEFT JOIN (SELECT consumer_id, count(DISTINCT d::text) AS versions FROM consumer_data d GROUP BY consumer_id) v USING (consumer_id)`,
        },
      },
    },
  },
  tables: {
    consumers: {
      from: 'abc.consumer_data',
      key: 'consumer_id',
      columns: {
        consumer_id: 'consumer_id',
        versions: { from: 'versions', type: 'integer' },
        name: { from: 'name', type: 'name', on_error: 'null' },
        address: 'address',
        address_line_1: part(1),
        address_line_2: { type: 'sql', sql: `nullif(trim(array_to_string(string_split(address, ',')[2:-4], ',')), '')` },
        city: part(-3),
        state: part(-2),
        postal_code: part(-1),
        contact_number: 'contact_number',
        phone: { from: 'contact_number', type: 'phone', region: 'US', check: 'possible', on_error: 'null' },
        email: { from: 'email', type: 'email', on_error: 'null' },
        account_number: 'account_number',
        meter_number: 'meter_number',
        tariff_plan: 'tariff_plan',
        consumption_history: { from: 'consumption_history', type: 'array', of: 'integer', separator: ',', on_error: 'null' },
        payment_status: { from: 'payment_status', case: 'lower' },
      },
      rules: [
        { rule: 'range', column: 'versions', max: 1, name: 'consumer_id.contradicting' },
        { rule: 'not_null', column: 'name_given' },
        { rule: 'not_null', column: 'name_family' },
        { rule: 'not_null', column: 'address_line_1' },
        {
          rule: 'expression',
          name: 'address.parts',
          sql: `address IS NULL OR (len(string_split(address, ',')) > 3 AND coalesce(regexp_matches(state, '^[A-Z]{2}$'), false)
            AND coalesce(regexp_matches(postal_code, '[0-9]'), false))`,
        },
        { rule: 'regex', column: 'address', pattern: '^([^,]*,){4}[^,]*$', severity: 'warn' },
        { rule: 'unique', column: 'email', severity: 'warn' },
        { rule: 'unique', column: 'phone', severity: 'warn' },
        { rule: 'unique', column: 'meter_number', severity: 'warn' },
      ],
    },
  },
  models: {
    consumer: { description: 'One row per consumer: name and address in their parts, and how to reach them', primary_key: 'consumer_id' },
    account: {
      description: 'One row per account, with what a list of consumers has no place for',
      primary_key: 'account_number',
      foreign_keys: { consumer_id: { to: 'consumer.consumer_id' } },
    },
  },
});
