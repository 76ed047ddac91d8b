SELECT transaction_id, customer_id, product_id, region, sold_on, total_value
FROM gold.fact_sales
WHERE total_value > 1000
ORDER BY total_value DESC, transaction_id
