-- The sum of points, not the number of customers that have some. Customers without a region are a group of their own.
SELECT region, count(*) AS customers, sum(loyalty_points) AS loyalty_points
FROM gold.dim_customer
WHERE NOT _inferred
GROUP BY region
ORDER BY region
