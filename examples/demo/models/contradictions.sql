-- Every reference that contradicts another: who says what, what was decided instead, and why.
SELECT record, identifier, value AS claimed_value, decided_value, decision, reason, customer_key
FROM identity.customer_links
WHERE decision NOT IN ('own', 'linked')
ORDER BY record, identifier, claimed_value
