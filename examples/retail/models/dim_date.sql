-- Every day from the first sale's month to the end of the last one's.
SELECT CAST(day AS DATE) AS date, year(day) AS year, month(day) AS month, strftime(day, '%Y-%m') AS year_month, isodow(day) AS weekday
FROM (
  SELECT unnest(generate_series(date_trunc('month', min(sold_at)), last_day(CAST(max(sold_at) AS DATE)), INTERVAL 1 DAY)) AS day
  FROM silver.sales
  WHERE _deleted_at IS NULL
)
ORDER BY date
