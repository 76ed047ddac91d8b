-- Bands of scores and of days since the last invoice; who never had one is in a band of their own, not among those of long ago.
WITH placed AS (
  SELECT *, unnest([
    {measure: 'risk', band: CASE WHEN risk >= 80 THEN '80-100' WHEN risk >= 60 THEN '60-79' WHEN risk >= 40 THEN '40-59' WHEN risk >= 20 THEN '20-39' ELSE '0-19' END},
    {measure: 'engagement', band: CASE WHEN engagement >= 80 THEN '80-100' WHEN engagement >= 60 THEN '60-79' WHEN engagement >= 40 THEN '40-59' WHEN engagement >= 20 THEN '20-39' ELSE '0-19' END},
    {measure: 'days_since_invoice', band: CASE WHEN days_since_invoice <= 7 THEN '0-7' WHEN days_since_invoice <= 30 THEN '8-30' WHEN days_since_invoice <= 60 THEN '31-60' WHEN days_since_invoice <= 90 THEN '61-90' WHEN days_since_invoice > 90 THEN 'over 90' ELSE 'never' END},
    {measure: 'app_in_30_days', band: CASE WHEN sessions_30d > 0 THEN 'yes' ELSE 'no' END}
  ]) AS place
  FROM gold.customer_risk
)
SELECT tenure_from, place.measure AS measure, place.band AS band,
  count(*) AS customers, round(avg(risk), 1) AS average_risk, round(avg(engagement), 1) AS average_engagement,
  sum(amount) AS amount, sum(sessions_30d) AS sessions_30d
FROM placed
GROUP BY ALL
ORDER BY tenure_from, measure, band
