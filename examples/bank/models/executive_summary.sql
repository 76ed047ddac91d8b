-- The six numbers, for each way to count tenure.
SELECT tenure_from, count(*) AS customers,
  count(*) FILTER (risk_segment = 'High Risk') AS high_risk,
  count(*) FILTER (risk_segment = 'Medium Risk') AS medium_risk,
  round(avg(risk), 1) AS average_risk,
  COALESCE(sum(amount) FILTER (risk >= 40), 0) AS amount_at_risk,
  round(100.0 * count(*) FILTER (is_digitally_active) / count(*), 1) AS digital_percent
FROM gold.customer_risk
GROUP BY tenure_from
ORDER BY tenure_from
