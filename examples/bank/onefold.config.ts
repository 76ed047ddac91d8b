import { defineProject } from 'onefold';

// `npm run example -- bank` starts the four systems, serves a folder of files by them (ONEFOLD_DATA, else generated data), and sets these
// variables. For systems of your own set them yourself.
const address = (name: string, otherwise: string): string => process.env[`ONEFOLD_${name}`] ?? otherwise;

export default defineProject({
  name: 'bank',
  sources: {
    erp: {
      connector: 'erpnext',
      url: address('ERPNEXT_URL', 'https://erp.example.com'),
      key: { env: 'ONEFOLD_ERPNEXT_KEY' },
      secret: { env: 'ONEFOLD_ERPNEXT_SECRET' },
      streams: {
        customers: {
          doctype: 'Customer',
          fields: [
            'customer_name',
            'customer_type',
            'customer_group',
            'territory',
            'gender',
            'mobile_no',
            'email_id',
            'website',
            'creation',
          ],
        },
        items: { doctype: 'Item', fields: ['item_name', 'item_group', 'standard_rate'] },
        territories: { doctype: 'Territory', fields: ['parent_territory'] },
        invoices: {
          doctype: 'Sales Invoice',
          fields: ['customer', 'posting_date', 'due_date', 'territory', 'grand_total', 'status', 'docstatus'],
        },
      },
    },
    crm: {
      connector: 'salesforce',
      login_url: address('SALESFORCE_URL', 'https://bank.my.salesforce.com'),
      auth: {
        grant: 'client_credentials',
        client_id: { env: 'ONEFOLD_SALESFORCE_CLIENT_ID' },
        client_secret: { env: 'ONEFOLD_SALESFORCE_CLIENT_SECRET' },
      },
      streams: {
        contacts: { object: 'Contact', columns: ['FirstName', 'LastName', 'Email', 'Phone', 'LeadSource', 'CreatedDate'] },
        cases: {
          object: 'Case',
          columns: ['ContactId', 'Subject', 'Type', 'Priority', 'Status', 'Origin', 'Description', 'CreatedDate', 'ClosedDate'],
        },
        tasks: { object: 'Task', columns: ['WhoId', 'Subject', 'Priority', 'Status', 'ActivityDate'] },
      },
    },
    app: {
      connector: 'supabase',
      url: address('SUPABASE_URL', 'https://project.supabase.co'),
      api_key: { env: 'ONEFOLD_SUPABASE_KEY' },
      streams: {
        sessions: { table: 'app_sessions', key: ['id'] },
        events: { table: 'app_events', key: ['id'] },
      },
    },
    branch_files: {
      connector: 'google_sheets',
      url: address('SHEETS_URL', 'https://sheets.googleapis.com'),
      spreadsheet: address('SHEETS_ID', '1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789'),
      credentials: { env: 'ONEFOLD_SHEETS_CREDENTIALS' },
      streams: {
        branches: { sheet: 'branches', key: ['branch_id'] },
        notes: { sheet: 'customer_notes', key: ['note_id'] },
      },
    },
  },
  tables: {
    customers: {
      from: 'erp.customers',
      key: 'customer_id',
      columns: {
        customer_id: 'name',
        customer_name: 'customer_name',
        customer_type: 'customer_type',
        customer_group: 'customer_group',
        territory: 'territory',
        gender: { from: 'gender', case: 'lower' },
        email: { from: 'email_id', type: 'email', on_error: 'null' },
        phone: { from: 'mobile_no', remove: '[^0-9]' },
        // The ERP has no field for it, so the bank keeps what a customer has come to in this one.
        segment: { from: 'website', case: 'lower' },
        created_at: { from: 'creation', type: 'timestamp' },
      },
      rules: [
        { rule: 'not_null', column: 'email', severity: 'warn' },
        { rule: 'unique', column: 'email', severity: 'warn' },
        { rule: 'accepted_values', column: 'segment', values: ['active', 'at_risk', 'churned'], severity: 'warn' },
        { rule: 'relationship', column: 'territory', to: 'territories.territory', severity: 'warn' },
      ],
    },
    items: {
      from: 'erp.items',
      key: 'item_id',
      columns: {
        item_id: 'name',
        item_name: 'item_name',
        item_group: 'item_group',
        rate: { from: 'standard_rate', type: 'money', scale: 2 },
      },
    },
    territories: { from: 'erp.territories', key: 'territory', columns: { territory: 'name', parent: 'parent_territory' } },
    invoices: {
      from: 'erp.invoices',
      key: 'invoice_id',
      columns: {
        invoice_id: 'name',
        customer_id: 'customer',
        territory: 'territory',
        // The ERP keeps its books in one currency, and does not say which.
        amount: { from: 'grand_total', type: 'money', scale: 2 },
        posted_on: { from: 'posting_date', type: 'date' },
        due_on: { from: 'due_date', type: 'date' },
        status: { from: 'status', case: 'lower' },
        docstatus: { from: 'docstatus', type: 'integer' },
      },
      rules: [
        { rule: 'not_null', column: 'customer_id' },
        { rule: 'not_null', column: 'posted_on' },
        { rule: 'not_null', column: 'amount' },
        { rule: 'expression', sql: 'due_on >= posted_on', severity: 'warn', name: 'due_after_posting' },
        { rule: 'relationship', column: 'customer_id', to: 'customers.customer_id', severity: 'warn' },
      ],
      amounts: ['amount'],
    },
    contacts: {
      from: 'crm.contacts',
      key: 'contact_id',
      columns: {
        contact_id: 'Id',
        first_name: 'FirstName',
        last_name: 'LastName',
        full_name: { type: 'sql', sql: `concat_ws(' ', trim("FirstName"), trim("LastName"))` },
        // First and last name with the number behind them are what the ERP calls a customer. Without a number they are a name that many bear.
        numbered_name: {
          type: 'sql',
          sql: `CASE WHEN regexp_matches(trim("LastName"), ' [0-9]+$') THEN concat_ws(' ', trim("FirstName"), trim("LastName")) END`,
        },
        email: { from: 'Email', type: 'email', on_error: 'null' },
        // Numbers went through a spreadsheet on their way: `8801488807028.0`.
        phone: { from: 'Phone', remove: '\\.0$|[^0-9]' },
        lead_source: 'LeadSource',
        created_at: { from: 'CreatedDate', type: 'timestamp' },
      },
      rules: [
        { rule: 'not_null', column: 'email', severity: 'warn' },
        { rule: 'unique', column: 'email', severity: 'warn' },
      ],
    },
    cases: {
      from: 'crm.cases',
      key: 'case_id',
      columns: {
        case_id: 'Id',
        contact_id: 'ContactId',
        subject: 'Subject',
        type: 'Type',
        priority: { from: 'Priority', case: 'lower' },
        status: { from: 'Status', case: 'lower' },
        origin: 'Origin',
        created_at: { from: 'CreatedDate', type: 'timestamp' },
        closed_at: { from: 'ClosedDate', type: 'timestamp' },
        // Cases were loaded in one go: when a case was opened stands in its text alone. Of the rest of that text nothing is kept.
        opened_on: {
          type: 'sql',
          sql: `nullif(regexp_extract("Description", 'Created: ([0-9]{4}-[0-9]{2}-[0-9]{2})', 1), '')::DATE`,
          as: 'DATE',
          on_error: 'null',
        },
      },
      rules: [
        { rule: 'relationship', column: 'contact_id', to: 'contacts.contact_id', severity: 'warn' },
        { rule: 'expression', sql: 'closed_at >= created_at', severity: 'warn', name: 'closed_after_creation' },
      ],
    },
    tasks: {
      from: 'crm.tasks',
      key: 'task_id',
      columns: {
        task_id: 'Id',
        contact_id: 'WhoId',
        subject: 'Subject',
        priority: { from: 'Priority', case: 'lower' },
        status: { from: 'Status', case: 'lower' },
        due_on: { from: 'ActivityDate', type: 'date' },
      },
    },
    sessions: {
      from: 'app.sessions',
      key: 'session_id',
      columns: {
        session_id: 'id',
        email: { from: 'user_email', type: 'email', on_error: 'null' },
        device: 'device_type',
        platform: 'platform',
        started_at: { from: 'session_start', type: 'timestamp' },
        ended_at: { from: 'session_end', type: 'timestamp' },
      },
      rules: [{ rule: 'expression', sql: 'ended_at >= started_at', severity: 'warn', name: 'ends_after_start' }],
    },
    events: {
      from: 'app.events',
      key: 'event_id',
      columns: {
        event_id: 'id',
        session_id: 'session_id',
        email: { from: 'user_email', type: 'email', on_error: 'null' },
        event_type: 'event_type',
        happened_at: { from: 'event_timestamp', type: 'timestamp' },
      },
      rules: [{ rule: 'relationship', column: 'session_id', to: 'sessions.session_id', severity: 'warn' }],
    },
    branches: {
      from: 'branch_files.branches',
      key: 'branch_id',
      columns: {
        branch_id: 'branch_id',
        branch_name: 'branch_name',
        region: 'region',
        manager: 'manager_name',
        staff: { from: 'staff_count', type: 'integer' },
        rating: { from: 'performance_rating', type: 'decimal', scale: 1 },
        opened_on: { from: 'opened_date', type: 'date' },
      },
    },
    notes: {
      from: 'branch_files.notes',
      key: 'note_id',
      columns: {
        note_id: 'note_id',
        email: { from: 'customer_email', type: 'email', on_error: 'null' },
        branch_id: 'branch_id',
        noted_on: { from: 'note_date', type: 'date' },
        note_type: { from: 'note_type', case: 'lower' },
        note: 'note_text',
      },
      rules: [{ rule: 'relationship', column: 'branch_id', to: 'branches.branch_id', severity: 'warn' }],
    },
  },
  entities: {
    customer: {
      records: [
        {
          table: 'customers',
          id: 'customer_id',
          recency: 'created_at',
          identifiers: { customer_id: 'customer_id', numbered_name: 'customer_id', email: 'email' },
          attributes: {
            name: 'customer_name',
            email: 'email',
            phone: 'phone',
            gender: 'gender',
            territory: 'territory',
            customer_group: 'customer_group',
            segment: 'segment',
          },
        },
        {
          table: 'contacts',
          id: 'contact_id',
          recency: 'created_at',
          identifiers: { contact_id: 'contact_id', numbered_name: 'numbered_name', email: 'email' },
          attributes: {
            name: 'full_name',
            first_name: 'first_name',
            last_name: 'last_name',
            email: 'email',
            phone: 'phone',
            lead_source: 'lead_source',
          },
        },
        { table: 'invoices', role: 'reference', recency: 'posted_on', identifiers: { customer_id: 'customer_id' } },
        { table: 'cases', role: 'reference', recency: 'opened_on', identifiers: { contact_id: 'contact_id' } },
        { table: 'tasks', role: 'reference', recency: 'due_on', identifiers: { contact_id: 'contact_id' } },
        { table: 'sessions', role: 'reference', recency: 'started_at', identifiers: { email: 'email' } },
        { table: 'notes', role: 'reference', recency: 'noted_on', identifiers: { email: 'email' } },
      ],
      // Two customers of the ERP are never one, whatever they share; and an e-mail that two records of one system have links nobody.
      identifiers: { customer_id: { unique: 'entity' }, email: { max_records: 1 } },
      // Whom no identifier links is matched by name, e-mail and phone; who shares only one of them is a question for `onefold review`.
      match: {
        attributes: { name: 'name' },
        ignore: ['first_name', 'last_name', 'gender', 'territory', 'customer_group', 'segment', 'lead_source'],
      },
      survivorship: { default: { prefer: ['erp', 'crm'] } },
    },
  },
  models: {
    unified_customers: {
      description: 'One row per customer of the ERP, and per person whom only the CRM knows: a prospect',
      primary_key: 'customer_key',
    },
    shared_emails: {
      description: 'E-mails that several records of one system have: they link nobody, and whose is what hangs on them is open',
    },
    email_links: {
      description: 'Every customer of the ERP and every contact that share an e-mail or are one, with what else speaks for it',
    },
    identity_bridge: {
      description: 'Whatever a system calls a customer → the customer, all four systems included; without a customer where that is open',
      primary_key: ['source', 'source_id'],
    },
    unlinked_records: { description: 'Rows that speak of somebody, but of no customer that can be told' },
    fct_transactions: {
      description: 'One row per invoice that was not cancelled',
      primary_key: 'invoice_id',
      foreign_keys: { customer_key: { to: 'unified_customers.customer_key' } },
    },
    fct_support_cases: {
      description: 'One row per case, with the day when it was really opened',
      primary_key: 'case_id',
      foreign_keys: { customer_key: { to: 'unified_customers.customer_key' } },
    },
    customer_profile: {
      description: 'One row per customer of the ERP: invoices, cases, app and notes, each summed apart',
      primary_key: 'customer_key',
      foreign_keys: { customer_key: { to: 'unified_customers.customer_key' } },
    },
    customer_risk: {
      description: 'Scores of each customer, once for each way to count how long somebody is a customer: ask for one `tenure_from`',
      primary_key: ['tenure_from', 'customer_key'],
    },
    risk_by_segment: {
      description: 'Customers, scores and value by `tenure_from`, dimension and value',
      primary_key: ['tenure_from', 'dimension', 'value'],
    },
    risk_bands: {
      description: 'Customers, scores and value by bands of a score or of days',
      primary_key: ['tenure_from', 'measure', 'band'],
    },
    executive_summary: { description: 'The six numbers on top of the dashboard', primary_key: 'tenure_from' },
    worklist: { description: 'Customers at risk, why, and what to do next', primary_key: ['tenure_from', 'customer_key'] },
  },
});
