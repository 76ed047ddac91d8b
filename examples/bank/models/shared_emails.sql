-- E-mails that two records of one system have. They may be one person twice or two who share a mailbox: nothing is decided by them.
WITH said AS (
  SELECT 'erp' AS source, customer_id AS record_id, email, phone FROM silver.customers WHERE _deleted_at IS NULL AND email IS NOT NULL
  UNION ALL
  SELECT 'crm', contact_id, email, phone FROM silver.contacts WHERE _deleted_at IS NULL AND email IS NOT NULL
),
shared AS (
  SELECT DISTINCT email FROM said GROUP BY source, email HAVING count(*) > 1
),
sessions AS (
  SELECT email, count(*) AS n FROM silver.sessions WHERE _deleted_at IS NULL GROUP BY ALL
),
notes AS (
  SELECT email, count(*) AS n FROM silver.notes WHERE _deleted_at IS NULL GROUP BY ALL
)
SELECT s.email,
  list(DISTINCT x.customer_key ORDER BY x.customer_key) AS customer_keys,
  count(*) FILTER (s.source = 'erp') AS erp_customers,
  count(*) FILTER (s.source = 'crm') AS crm_contacts,
  count(DISTINCT s.phone) AS phones,
  any_value(COALESCE(e.n, 0)) AS open_sessions,
  any_value(COALESCE(n.n, 0)) AS open_notes
FROM said s
JOIN shared USING (email)
JOIN gold.customer_crosswalk x ON x.source = s.source AND x.record_id = s.record_id
LEFT JOIN sessions e ON e.email = s.email
LEFT JOIN notes n ON n.email = s.email
GROUP BY s.email
ORDER BY s.email
