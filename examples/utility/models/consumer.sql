SELECT consumer_id, name, name_given AS first_name, name_middle AS middle_name, name_family AS last_name,
  address_line_1, address_line_2, city, state, postal_code, phone, contact_number, email
FROM silver.consumers
WHERE _deleted_at IS NULL
ORDER BY consumer_id
