-- Customers with a risk of 40 or more, the most pressing first. Who never had an invoice is not "inactive for 90 days".
SELECT tenure_from, row_number() OVER (PARTITION BY tenure_from ORDER BY priority DESC, amount DESC, customer_key) AS place, * EXCLUDE (tenure_from)
FROM (
  SELECT tenure_from, customer_key, customer_id, name, territory,
    CASE WHEN risk >= 60 THEN 'Critical' ELSE 'High' END AS category,
    risk, engagement, amount, days_since_invoice,
    concat_ws(', ',
      CASE WHEN open_cases > 0 THEN 'open complaint' END,
      CASE WHEN high_cases > 0 THEN 'high-priority complaint' END,
      CASE WHEN days_since_invoice > 90 THEN 'inactive for over 90 days' WHEN days_since_invoice > 60 THEN 'inactive for over 60 days' END,
      CASE WHEN days_since_invoice IS NULL THEN 'never had an invoice' END,
      CASE WHEN tenure_days <= 90 THEN 'new customer' END,
      CASE WHEN sessions_30d = 0 AND sessions > 0 THEN 'stopped using the app' END) AS factors,
    CASE
      WHEN open_cases > 0 THEN 'resolve complaint'
      WHEN days_since_invoice IS NULL OR days_since_invoice > 90 THEN 'win back'
      WHEN days_since_invoice > 60 THEN 'check-in call'
      WHEN tenure_days <= 90 THEN 'onboarding follow-up'
      WHEN sessions_30d = 0 AND sessions > 0 THEN 'promote the app'
      ELSE 'relationship review'
    END AS action,
    round(risk * 0.6 + least(40, CAST(amount AS DOUBLE) / 10000), 1) AS priority
  FROM gold.customer_risk
  WHERE risk >= 40
)
ORDER BY tenure_from, place
