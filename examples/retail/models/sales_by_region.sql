SELECT region, count(*) AS transactions, sum(total_value) AS total_sales
FROM gold.fact_sales
GROUP BY region
ORDER BY region
