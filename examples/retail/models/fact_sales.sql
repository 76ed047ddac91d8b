-- One row per sale. total_value = quantity × price × (1 − discount), rounded half up per row.
SELECT transaction_id, customer_id, product_id, CAST(sold_at AS DATE) AS sold_on, sold_at, region, quantity, price, discount,
  CAST(round(quantity * price * (1 - discount), 2) AS DECIMAL(18, 2)) AS total_value
FROM silver.sales
WHERE _deleted_at IS NULL
ORDER BY transaction_id
