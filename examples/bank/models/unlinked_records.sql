-- What hangs on nobody. Of a value that leads nowhere only the kind is told.
SELECT r.table_name, r.row_key, r.identifier,
  CASE
    WHEN r.identifier = 'email' AND s.email IS NOT NULL THEN 'several records of one system have this e-mail'
    ELSE r.reason
  END AS reason
FROM identity.customer_references r
LEFT JOIN gold.shared_emails s ON r.identifier = 'email' AND s.email = r.value
WHERE r.customer_key IS NULL
ORDER BY r.table_name, r.row_key
