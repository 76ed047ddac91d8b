-- Every record that found no partner in another system, and every reference to a customer whom nobody knows.
SELECT x.source, x.stream, x.record_id, x.customer_key,
  CASE WHEN l.record IS NULL THEN 'states no reference' ELSE 'its reference leads to no other record' END AS reason
FROM gold.customer_crosswalk x
LEFT JOIN (SELECT DISTINCT record FROM identity.customer_links WHERE decision <> 'own') l ON l.record = x.record
WHERE x.how = 'alone'
UNION ALL
SELECT 'support', r.table_name, r.row_key, NULL, r.reason || ': ' || r.identifier || ' ' || COALESCE(r.value, '(missing)')
FROM identity.customer_references r
WHERE r.customer_key IS NULL
ORDER BY source, stream, record_id
