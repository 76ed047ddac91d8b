-- What each customer has paid (billing) and was invoiced (ERP), per currency; never a sum over currencies.
WITH paid AS (
  SELECT x.customer_key, p.amount_currency AS currency, sum(p.amount) AS paid
  FROM silver.payments p
  JOIN gold.customer_crosswalk x ON x.source = 'billing' AND x.record_id = p.billing_id
  WHERE p._deleted_at IS NULL
  GROUP BY ALL
),
invoiced AS (
  SELECT x.customer_key, i.total_currency AS currency, sum(i.total) AS invoiced
  FROM silver.invoices i
  JOIN gold.customer_crosswalk x ON x.source = 'erp' AND x.record_id = i.account_no
  WHERE i._deleted_at IS NULL
  GROUP BY ALL
)
SELECT COALESCE(p.customer_key, i.customer_key) AS customer_key, COALESCE(p.currency, i.currency) AS currency,
  COALESCE(p.paid, 0) AS paid, COALESCE(i.invoiced, 0) AS invoiced, COALESCE(p.paid, 0) - COALESCE(i.invoiced, 0) AS difference,
  CASE WHEN i.customer_key IS NULL THEN 'never invoiced' WHEN p.customer_key IS NULL THEN 'never paid'
    WHEN p.paid = i.invoiced THEN 'equal' WHEN p.paid < i.invoiced THEN 'paid less' ELSE 'paid more' END AS reason
FROM paid p
FULL JOIN invoiced i ON i.customer_key = p.customer_key AND i.currency = p.currency
ORDER BY customer_key, currency
