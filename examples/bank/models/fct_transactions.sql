-- One row per invoice, drafts included: this bank never submits them. Whom the ERP bills is whom it names, so no e-mail stands between.
SELECT i.invoice_id, x.customer_key, i.customer_id, i.territory, i.posted_on, i.due_on, i.amount, i.amount_currency, i.status
FROM silver.invoices i
LEFT JOIN gold.customer_crosswalk x ON x.source = 'erp' AND x.record_id = i.customer_id
WHERE i._deleted_at IS NULL AND i.docstatus IS DISTINCT FROM 2
ORDER BY i.invoice_id
