-- Every record that leads to no user of the CRM. Of a value that leads nowhere only the kind is told.
SELECT 'erp' AS source, e.cust_number AS key, 'no user of the CRM has this number' AS reason
FROM silver.customers e
WHERE e._deleted_at IS NULL AND NOT EXISTS (
  SELECT 1 FROM gold.customer_crosswalk x
  JOIN gold.customer_crosswalk y ON y.customer_key = x.customer_key AND y.source = 'crm'
  WHERE x.source = 'erp' AND x.record_id = e.cust_number
)
UNION ALL
SELECT CASE r.table_name WHEN 'posts' THEN 'marketing' ELSE 'support' END, r.row_key, r.reason
FROM identity.customer_references r
WHERE r.customer_key IS NULL
ORDER BY source, key
