-- Customers of the ERP against contacts: pairs of one e-mail, and pairs that are one without it. What speaks for a pair stands beside what was decided.
WITH keyed AS (
  SELECT x.source, x.record_id, x.customer_key FROM gold.customer_crosswalk x
)
SELECT c.customer_id, k.contact_id,
  COALESCE(c.email = k.email, FALSE) AS same_email,
  COALESCE(lower(c.customer_name) = lower(concat_ws(' ', k.first_name, k.last_name)), FALSE) AS same_name,
  COALESCE(c.phone = k.phone, FALSE) AS same_phone,
  e.customer_key = m.customer_key AS is_linked,
  e.customer_key, m.customer_key AS contact_customer_key
FROM silver.customers c
JOIN keyed e ON e.source = 'erp' AND e.record_id = c.customer_id
JOIN silver.contacts k ON k._deleted_at IS NULL
JOIN keyed m ON m.source = 'crm' AND m.record_id = k.contact_id
WHERE c._deleted_at IS NULL AND (c.email = k.email OR e.customer_key = m.customer_key)
ORDER BY c.customer_id, k.contact_id
