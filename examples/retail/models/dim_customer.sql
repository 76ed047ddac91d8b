-- One row per customer of the CRM. Missing names and regions are NA, so that no report loses them.
SELECT c.customer_id, x.customer_key,
  CASE WHEN c.customer_name IS NULL OR regexp_matches(c.customer_name, '[!@#$%^&*()]') THEN 'NA' ELSE c.customer_name END AS customer_name,
  c.email,
  COALESCE(upper(c.region), 'NA') AS region,
  c.join_date, c.loyalty_points
FROM silver.customers c
LEFT JOIN gold.customer_crosswalk x ON x.source = 'crm' AND x.record_id = c.customer_id
WHERE c._deleted_at IS NULL
ORDER BY c.customer_id
