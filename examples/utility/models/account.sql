-- Consumption is told as a list without dates, so it is summed up and not put on months.
SELECT account_number, consumer_id, meter_number, tariff_plan, payment_status,
  len(consumption_history) AS readings, list_sum(consumption_history)::BIGINT AS consumption
FROM silver.consumers
WHERE _deleted_at IS NULL AND account_number IS NOT NULL
ORDER BY account_number
