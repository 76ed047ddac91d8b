-- One row per customer of the ERP. Invoices, cases, sessions and notes are each summed first and joined then, so that none multiplies another.
WITH moment AS (
  SELECT CAST(as_of() AS DATE) AS today
),
invoices AS (
  SELECT customer_key, count(*) AS invoices, sum(amount) AS amount, min(posted_on) AS first_on, max(posted_on) AS last_on,
    count(*) FILTER (posted_on >= today - 30) AS invoices_30d,
    COALESCE(sum(amount) FILTER (posted_on >= today - 30), 0) AS amount_30d
  FROM gold.fct_transactions, moment
  GROUP BY ALL
),
cases AS (
  SELECT customer_key, count(*) AS cases, count(*) FILTER (is_open) AS open_cases, count(*) FILTER (priority = 'high') AS high_cases,
    max(case_on) AS last_case_on
  FROM gold.fct_support_cases
  GROUP BY ALL
),
sessions AS (
  SELECT r.customer_key, count(*) AS sessions, max(s.ended_at) AS last_session_at,
    count(*) FILTER (CAST(s.started_at AS DATE) >= today - 30) AS sessions_30d
  FROM moment, silver.sessions s
  JOIN identity.customer_references r ON r.table_name = 'sessions' AND r.row_key = s.session_id
  WHERE s._deleted_at IS NULL
  GROUP BY ALL
),
notes AS (
  SELECT r.customer_key, count(*) AS notes, max(n.noted_on) AS last_note_on
  FROM silver.notes n
  JOIN identity.customer_references r ON r.table_name = 'notes' AND r.row_key = n.note_id
  WHERE n._deleted_at IS NULL
  GROUP BY ALL
)
SELECT u.customer_key, u.customer_id, u.name, u.territory, u.customer_group, u.segment, u.is_demo,
  greatest(0, CAST(floor(epoch(CAST(today AS TIMESTAMP) - c.created_at) / 86400) AS INTEGER)) AS record_days,
  COALESCE(i.invoices, 0) AS invoices, COALESCE(i.amount, 0) AS amount, i.first_on, i.last_on, today - i.last_on AS days_since_invoice,
  COALESCE(i.invoices_30d, 0) AS invoices_30d, COALESCE(i.amount_30d, 0) AS amount_30d,
  COALESCE(k.cases, 0) AS cases, COALESCE(k.open_cases, 0) AS open_cases, COALESCE(k.high_cases, 0) AS high_cases, k.last_case_on,
  COALESCE(s.sessions, 0) AS sessions, COALESCE(s.sessions_30d, 0) AS sessions_30d, s.last_session_at,
  COALESCE(s.last_session_at >= CAST(today AS TIMESTAMP) - INTERVAL 90 DAY, FALSE) AS is_digitally_active,
  COALESCE(n.notes, 0) AS notes, n.last_note_on
FROM moment, gold.unified_customers u
JOIN silver.customers c ON c.customer_id = u.customer_id AND c._deleted_at IS NULL
LEFT JOIN invoices i ON i.customer_key = u.customer_key
LEFT JOIN cases k ON k.customer_key = u.customer_key
LEFT JOIN sessions s ON s.customer_key = u.customer_key
LEFT JOIN notes n ON n.customer_key = u.customer_key
ORDER BY u.customer_key
