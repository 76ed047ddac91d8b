/** A figure that the bank is known by: rows of a query, cells apart by `/` and rows by `;`. */
export interface Figure {
  readonly query: string;
  readonly expected: string;
}

const figure = (query: string, expected: string): Figure => ({ query, expected });
const counted = (table: string, column: string, expected: string): Figure =>
  figure(`SELECT ${column}, count(*) FROM silver.${table} GROUP BY ALL ORDER BY ALL`, expected);

/** What the systems of the bank hold, as counted in their files before anything was made of them. Words of a fixed set are in lower case in silver. */
export const figures: Readonly<Record<string, Figure>> = {
  'rows of each table': figure(
    `SELECT ${[
      'customers',
      'items',
      'territories',
      'invoices',
      'contacts',
      'cases',
      'tasks',
      'sessions',
      'events',
      'branches',
      'notes',
    ].map((table) => `(SELECT count(*) FROM silver.${table})`)}`,
    '502 / 20 / 11 / 5000 / 519 / 1107 / 1170 / 1000 / 1000 / 10 / 1083',
  ),

  'customers by segment': counted('customers', 'segment', 'active / 311; at_risk / 126; churned / 63; null / 2'),
  'customers by group, type and gender': counted(
    'customers',
    'customer_group, customer_type, gender',
    'Demo Customer Group / Company / null / 2; Individual / Individual / female / 242; Individual / Individual / male / 258',
  ),
  'customers by territory': counted(
    'customers',
    'territory',
    `Airport Branch / 53; Downtown Branch / 52; Eastside Branch / 47; Industrial Branch / 47; Mall Branch / 50; Southgate Branch / 56;
      Suburban Branch / 44; University Branch / 56; Uptown Branch / 39; Westend Branch / 56; null / 2`,
  ),
  'customers without an e-mail, e-mails, and those of several': figure(
    `SELECT count(*) FILTER (email IS NULL), count(DISTINCT email), (SELECT count(*) FROM gold.shared_emails WHERE erp_customers > 1)
      FROM silver.customers`,
    '2 / 499 / 1',
  ),
  'invoices: customers, span, total, mean, median, extremes': figure(
    `SELECT count(*), count(DISTINCT customer_id), min(posted_on), max(posted_on), sum(amount), round(avg(amount), 2),
      median(amount)::DECIMAL(9, 2), min(amount), max(amount) FROM silver.invoices`,
    '5000 / 294 / 2023-04-18 / 2026-01-10 / 58424810.36 / 11684.96 / 912.42 / 50.38 / 99972.04',
  ),
  'invoices by status': counted('invoices', 'status, docstatus', 'draft / 0 / 5000'),
  'invoices by year': figure(
    'SELECT year(posted_on), count(*), sum(amount) FROM silver.invoices GROUP BY 1 ORDER BY 1',
    '2023 / 281 / 2949830.06; 2024 / 1822 / 22535075.61; 2025 / 2821 / 31780702.63; 2026 / 76 / 1159202.06',
  ),
  'invoices by month': figure(
    "SELECT strftime(posted_on, '%Y-%m'), count(*), sum(amount) FROM silver.invoices GROUP BY 1 ORDER BY 1",
    `2023-04 / 3 / 2575.31; 2023-05 / 5 / 42709.02; 2023-06 / 5 / 78703.21; 2023-07 / 10 / 119482.76; 2023-08 / 32 / 392709.96;
      2023-09 / 42 / 608039.63; 2023-10 / 54 / 652539.81; 2023-11 / 57 / 382414.80; 2023-12 / 73 / 670655.56; 2024-01 / 83 / 1061879.71;
      2024-02 / 93 / 1129970.88; 2024-03 / 109 / 1469696.70; 2024-04 / 114 / 1411961.89; 2024-05 / 132 / 1471355.15;
      2024-06 / 140 / 1917155.30; 2024-07 / 166 / 1716363.88; 2024-08 / 182 / 2188594.53; 2024-09 / 186 / 2403055.05;
      2024-10 / 202 / 2058252.21; 2024-11 / 201 / 2980059.85; 2024-12 / 214 / 2726730.46; 2025-01 / 240 / 2338279.66;
      2025-02 / 226 / 2688682.00; 2025-03 / 244 / 3094502.25; 2025-04 / 238 / 2531163.47; 2025-05 / 260 / 2745760.90;
      2025-06 / 237 / 2369741.37; 2025-07 / 245 / 2878890.73; 2025-08 / 250 / 2845298.11; 2025-09 / 222 / 2737028.65;
      2025-10 / 229 / 2619461.09; 2025-11 / 210 / 2252144.05; 2025-12 / 220 / 2679750.35; 2026-01 / 76 / 1159202.06`,
  ),
  'invoices by territory': figure(
    'SELECT territory, count(*), sum(amount) FROM silver.invoices GROUP BY 1 ORDER BY 3 DESC',
    `Airport Branch / 623 / 7576447.91; Westend Branch / 623 / 7274739.55; Southgate Branch / 647 / 6964371.44;
      Downtown Branch / 534 / 6447922.43; Mall Branch / 550 / 5817476.80; Industrial Branch / 373 / 5380290.03;
      Eastside Branch / 450 / 5180322.58; University Branch / 445 / 5009903.78; Suburban Branch / 377 / 4650680.12;
      Uptown Branch / 378 / 4122655.72`,
  ),
  'invoices by the segment of their customer': figure(
    `SELECT u.segment, count(DISTINCT customer_id), count(*), sum(amount), max(posted_on)
      FROM gold.fct_transactions JOIN gold.unified_customers u USING (customer_key, customer_id) GROUP BY 1 ORDER BY 1`,
    `active / 188 / 3265 / 36462296.95 / 2026-01-10; at_risk / 72 / 1004 / 12225681.08 / 2026-01-07;
      churned / 34 / 731 / 9736832.33 / 2025-10-05`,
  ),
  'customers without an invoice': figure('SELECT count(*) FROM gold.customer_profile WHERE invoices = 0', '208'),
  'the five customers of the highest revenue': figure(
    'SELECT customer_id, invoices, amount FROM gold.customer_profile ORDER BY amount DESC LIMIT 5',
    `Yusuf Rahman 151 / 32 / 524049.31; Karim Malik 517 / 25 / 501428.02; Samira Ahmed 304 / 30 / 489734.75;
      Layla Mirza 499 / 26 / 479427.35; Mustafa Malik 640 / 22 / 468155.15`,
  ),
  'items by group': counted('items', 'item_group', 'Demo Item Group / 10; Services / 10'),

  'cases by priority, and open ones': figure(
    'SELECT priority, count(*), count(*) FILTER (is_open) FROM gold.fct_support_cases GROUP BY 1 ORDER BY 1',
    'high / 405 / 221; low / 233 / 146; medium / 469 / 264',
  ),
  'cases by status': counted('cases', 'status', 'closed / 476; escalated / 110; new / 254; working / 267'),
  'cases by priority and status': counted(
    'cases',
    'priority, status',
    `high / closed / 184; high / escalated / 34; high / new / 82; high / working / 105; low / closed / 87; low / escalated / 32;
      low / new / 53; low / working / 61; medium / closed / 205; medium / escalated / 44; medium / new / 119; medium / working / 101`,
  ),
  'cases by type': figure(
    'SELECT type, count(*) FROM silver.cases GROUP BY 1 ORDER BY 2 DESC, 1',
    'Problem / 510; Question / 340; Request / 231; Electrical / 9; Other / 8; Mechanical / 4; Structural / 3; Electronic / 2',
  ),
  'cases by origin': counted('cases', 'origin', 'Email / 279; Mobile App / 266; Phone / 261; Web / 301'),
  'cases that were closed before they were created': figure('SELECT count(*) FROM silver.cases WHERE closed_at < created_at', '23'),
  'cases by the year that their text names': counted(
    'cases',
    'year(opened_on)',
    '2023 / 369; 2024 / 337; 2025 / 361; 2026 / 14; null / 26',
  ),
  'tasks by status': counted('tasks', 'status', 'completed / 380; in progress / 418; not started / 372'),
  'tasks by priority': counted('tasks', 'priority', 'high / 315; low / 255; normal / 600'),
  'contacts by lead source': figure(
    "SELECT lead_source, count(*) FROM silver.contacts GROUP BY 1 ORDER BY 2 DESC, coalesce(lead_source, '(null)')",
    `Existing Customer / 499; Public Relations / 7; null / 3; Word of mouth / 3; External Referral / 2; Trade Show / 2; Partner / 1;
      Purchased List / 1; Web / 1`,
  ),

  'sessions: users, span, seconds': figure(
    `SELECT count(*), count(DISTINCT email), min(started_at), max(ended_at), sum(epoch(ended_at) - epoch(started_at))::BIGINT FROM silver.sessions`,
    '1000 / 28 / 2023-01-01 00:00:00 / 2026-01-11 00:06:49 / 461943',
  ),
  'sessions by device': figure(
    'SELECT device, platform, count(*) FROM silver.sessions GROUP BY ALL ORDER BY 3 DESC',
    'iPhone / iOS / 427; Android Phone / Android / 405; iPad / iOS / 117; Android Tablet / Android / 51',
  ),
  'sessions by year': counted('sessions', 'year(started_at)', '2023 / 335; 2024 / 322; 2025 / 330; 2026 / 13'),
  'events: users and sessions': figure(
    'SELECT count(*), count(DISTINCT email), count(DISTINCT session_id) FROM silver.events',
    '1000 / 4 / 149',
  ),
  'events by type': figure(
    'SELECT event_type, count(*) FROM silver.events GROUP BY 1 ORDER BY 2 DESC',
    `view_balance / 306; view_transactions / 192; transfer_internal / 151; bill_payment / 88; view_statements / 53; apply_product / 51;
      transfer_external / 50; card_controls / 48; update_profile / 32; contact_support / 29`,
  ),

  'notes by type, and their e-mails': figure(
    'SELECT note_type, count(*), count(DISTINCT email) FROM silver.notes GROUP BY 1 ORDER BY 1',
    'negative / 191 / 63; neutral / 151 / 129; positive / 375 / 212; warning / 366 / 146',
  ),
  'notes by branch': counted(
    'notes',
    'branch_id',
    'BR001 / 99; BR002 / 110; BR003 / 111; BR004 / 110; BR005 / 111; BR006 / 115; BR007 / 115; BR008 / 102; BR009 / 97; BR010 / 113',
  ),
  'notes by year': counted('notes', 'year(noted_on)', '2023 / 276; 2024 / 301; 2025 / 499; 2026 / 7'),
  'branches by region': figure(
    'SELECT region, count(*), sum(staff), round(avg(rating), 2) FROM silver.branches GROUP BY 1 ORDER BY 1',
    'Central / 2 / 39 / 4.3; East / 2 / 30 / 4.15; North / 2 / 28 / 4.1; South / 2 / 28 / 3.85; West / 2 / 40 / 4.4',
  ),
};
