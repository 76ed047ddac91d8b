-- Every reference that contradicts another: who says what, how often, what was decided instead, and why.
SELECT record, identifier, value AS claimed_value, observations AS claimed_by, value_held_by AS claimed_customer_key,
  decided_value, decided_weight, customer_key, decision, reason
FROM identity.customer_links
WHERE decision IN ('outweighed', 'undecided', 'widely_shared')
ORDER BY record, identifier, claimed_value
