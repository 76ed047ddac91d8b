SELECT f.region, p.category, count(*) AS transactions, sum(f.total_value) AS total_sales
FROM gold.fact_sales f
JOIN gold.dim_product p ON p.product_id = f.product_id
GROUP BY f.region, p.category
ORDER BY f.region, p.category
