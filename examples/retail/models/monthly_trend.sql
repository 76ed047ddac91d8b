-- Every month of the calendar, those without a sale too.
SELECT d.year_month, count(f.transaction_id) AS transactions, COALESCE(sum(f.total_value), 0) AS total_sales
FROM gold.dim_date d
LEFT JOIN gold.fact_sales f ON f.sold_on = d.date
GROUP BY d.year_month
ORDER BY d.year_month
