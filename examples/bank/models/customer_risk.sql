-- Scores of a customer, for two ways to count how long somebody is one: since the ERP has the record (`record`), or since the record or
-- the first invoice, whichever is older (`first_sign`). Where an ERP was filled in one go the first says nothing.
WITH ways AS (
  SELECT 'record' AS tenure_from, p.*, p.record_days AS tenure_days FROM gold.customer_profile p
  UNION ALL
  SELECT 'first_sign', p.*, greatest(p.record_days, CAST(as_of() AS DATE) - p.first_on) FROM gold.customer_profile p
),
parts AS (
  SELECT *,
    CASE WHEN tenure_days <= 90 THEN 25 WHEN tenure_days <= 180 THEN 15 WHEN tenure_days <= 365 THEN 10 ELSE 5 END AS tenure_points,
    CASE
      WHEN days_since_invoice IS NULL THEN 30
      WHEN days_since_invoice > 90 THEN 25
      WHEN days_since_invoice > 60 THEN 15
      WHEN days_since_invoice > 30 THEN 10
      ELSE 0
    END AS inactivity_points,
    CASE WHEN open_cases > 0 THEN 25 WHEN high_cases > 0 THEN 15 WHEN cases > 3 THEN 10 ELSE 0 END AS complaint_points,
    CASE WHEN sessions = 0 THEN 10 WHEN NOT is_digitally_active THEN 20 ELSE 0 END AS digital_points,
    CAST(least(20, invoices * 4) + least(30, sessions * 3) AS INTEGER)
      + CASE WHEN invoices_30d > 0 THEN 25 ELSE 0 END + CASE WHEN sessions_30d > 0 THEN 25 ELSE 0 END AS engagement
  FROM ways
),
scored AS (
  SELECT *, tenure_points + inactivity_points + complaint_points + digital_points AS risk FROM parts
)
SELECT tenure_from, customer_key, customer_id, name, territory, customer_group, segment, tenure_days,
  CASE WHEN tenure_days <= 90 THEN 'New' WHEN tenure_days <= 365 THEN 'Established' WHEN tenure_days <= 730 THEN 'Loyal' ELSE 'Long-term' END
    AS tenure_segment,
  tenure_points, inactivity_points, complaint_points, digital_points, risk,
  CASE WHEN risk >= 60 THEN 'High Risk' WHEN risk >= 40 THEN 'Medium Risk' WHEN risk >= 20 THEN 'Low Risk' ELSE 'Minimal Risk' END AS risk_segment,
  engagement, amount, invoices, invoices_30d, days_since_invoice, open_cases, high_cases, cases, sessions, sessions_30d, is_digitally_active
FROM scored
ORDER BY tenure_from, customer_key
