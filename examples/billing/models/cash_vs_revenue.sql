-- One row per customer and currency. Amounts in different currencies are never added; what states no currency has none.
-- Amounts keep the digits of their source: round the sums, not the rows.
WITH cash AS (
  SELECT x.customer_key, p.amount_currency AS currency,
    sum(p.amount) FILTER (p.paid_on <= CAST(as_of() AS DATE)) AS cash_received,
    sum(p.amount) FILTER (p.paid_on > CAST(as_of() AS DATE)) AS cash_scheduled
  FROM silver.payments p
  JOIN gold.customer_crosswalk x ON x.source = 'stripe' AND x.record_id = p.stripe_id
  WHERE p._deleted_at IS NULL AND p.amount IS NOT NULL
  GROUP BY ALL
),
revenue AS (
  SELECT x.customer_key, r.revenue_currency AS currency, sum(r.revenue) AS revenue_booked
  FROM silver.revenue r
  JOIN gold.customer_crosswalk x ON x.source = 'netsuite' AND x.record_id = r.netsuite_id
  WHERE r._deleted_at IS NULL AND r.revenue IS NOT NULL
  GROUP BY ALL
),
joined AS (
  SELECT COALESCE(c.customer_key, r.customer_key) AS customer_key, COALESCE(c.currency, r.currency) AS currency,
    c.cash_received, c.cash_scheduled, r.revenue_booked
  FROM cash c FULL JOIN revenue r ON r.customer_key = c.customer_key AND r.currency = c.currency
)
SELECT customer_key, currency,
  COALESCE(cash_received, 0) AS cash_received,
  COALESCE(cash_scheduled, 0) AS cash_scheduled,
  revenue_booked,
  CASE WHEN currency IS NOT NULL AND revenue_booked IS NOT NULL THEN COALESCE(cash_received, 0) - revenue_booked END AS difference,
  CASE
    WHEN currency IS NULL THEN 'currency_unknown'
    WHEN revenue_booked IS NULL AND cash_received IS NULL THEN 'scheduled_only'
    WHEN revenue_booked IS NULL THEN 'no_revenue_booked'
    WHEN cash_received IS NULL AND cash_scheduled IS NULL THEN 'no_payment'
    WHEN cash_received IS NULL THEN 'not_yet_paid'
    WHEN round(cash_received, 2) = round(revenue_booked, 2) THEN 'equal'
    WHEN cash_received < revenue_booked THEN 'received_less'
    ELSE 'received_more'
  END AS reason
FROM joined
ORDER BY customer_key, currency
