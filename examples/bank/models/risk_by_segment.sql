-- One row per way to count tenure, dimension and value. A customer is in one row of each dimension.
WITH placed AS (
  SELECT *, unnest([
    {dimension: 'overall', value: 'All Customers'},
    {dimension: 'risk_segment', value: risk_segment},
    {dimension: 'territory', value: COALESCE(territory, 'none')},
    {dimension: 'customer_group', value: COALESCE(customer_group, 'none')},
    {dimension: 'tenure_segment', value: tenure_segment},
    {dimension: 'digital_status', value: CASE WHEN is_digitally_active THEN 'Digitally Active' ELSE 'Not Active' END}
  ]) AS place
  FROM gold.customer_risk
)
SELECT tenure_from, place.dimension AS dimension, place.value AS value,
  count(*) AS customers, round(avg(risk), 1) AS average_risk, round(avg(engagement), 1) AS average_engagement, sum(amount) AS amount,
  count(*) FILTER (risk_segment = 'High Risk') AS high_risk,
  count(*) FILTER (risk_segment = 'Medium Risk') AS medium_risk,
  count(*) FILTER (risk_segment = 'Low Risk') AS low_risk
FROM placed
GROUP BY ALL
ORDER BY tenure_from, dimension, value
