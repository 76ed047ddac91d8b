SELECT region, CAST(round(avg(discount) * 100, 2) AS DECIMAL(5, 2)) AS average_discount_percent
FROM gold.fact_sales
GROUP BY region
ORDER BY region
