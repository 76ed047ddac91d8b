-- One row per case. The times of the CRM are those of the load, so days to a solution can't be told from them where it is closed before it was opened.
SELECT c.case_id, r.customer_key, c.contact_id, c.subject, c.type, c.origin, c.status, c.priority, c.closed_at IS NULL AS is_open,
  c.opened_on, COALESCE(c.opened_on, CAST(c.created_at AS DATE)) AS case_on
FROM silver.cases c
JOIN identity.customer_references r ON r.table_name = 'cases' AND r.row_key = c.case_id
WHERE c._deleted_at IS NULL
ORDER BY c.case_id
