-- One row per customer. Whoever the ERP knows is a customer, and has exactly one number there; whom only the CRM knows is a prospect.
WITH erp AS (
  SELECT x.customer_key, x.record_id AS customer_id FROM gold.customer_crosswalk x WHERE x.source = 'erp'
),
crm AS (
  SELECT customer_key, min(record_id) AS contact_id, count(*) AS contacts FROM gold.customer_crosswalk WHERE source = 'crm' GROUP BY ALL
)
SELECT c.customer_key,
  CASE WHEN e.customer_id IS NULL THEN 'prospect' ELSE 'customer' END AS kind,
  e.customer_id, m.contact_id, COALESCE(m.contacts, 0) AS contacts,
  c.name, c.email, c.phone, c.gender, c.territory, c.customer_group, c.segment, c.lead_source,
  COALESCE(c.customer_group = 'Demo Customer Group', FALSE) AS is_demo,
  s.email IS NOT NULL AS shares_email
FROM gold.customer c
LEFT JOIN erp e ON e.customer_key = c.customer_key
LEFT JOIN crm m ON m.customer_key = c.customer_key
LEFT JOIN gold.shared_emails s ON s.email = c.email
ORDER BY c.customer_key
