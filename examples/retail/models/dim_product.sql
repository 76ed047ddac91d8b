-- One row per product, as its latest sale names it.
SELECT product_id, product_name, category
FROM silver.sales
WHERE _deleted_at IS NULL AND product_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY product_id ORDER BY sold_at DESC, transaction_id DESC) = 1
ORDER BY product_id
