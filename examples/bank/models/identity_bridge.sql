-- Every name that a system has for somebody. The app and the branch files know people by e-mail alone.
SELECT source, record_id AS source_id, customer_key FROM gold.customer_crosswalk
UNION ALL
SELECT 'app', s.email, any_value(r.customer_key)
FROM silver.sessions s
JOIN identity.customer_references r ON r.table_name = 'sessions' AND r.row_key = s.session_id
WHERE s._deleted_at IS NULL AND s.email IS NOT NULL
GROUP BY s.email
UNION ALL
SELECT 'branch_files', n.email, any_value(r.customer_key)
FROM silver.notes n
JOIN identity.customer_references r ON r.table_name = 'notes' AND r.row_key = n.note_id
WHERE n._deleted_at IS NULL AND n.email IS NOT NULL
GROUP BY n.email
ORDER BY source, source_id
