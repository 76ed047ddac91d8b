SELECT f.product_id, p.product_name, sum(f.quantity) AS quantity, sum(f.total_value) AS total_sales
FROM gold.fact_sales f
JOIN gold.dim_product p ON p.product_id = f.product_id
GROUP BY f.product_id, p.product_name
ORDER BY total_sales DESC, f.product_id
