-- One row per user of the CRM. Posts and tickets are each summed first and joined then, so that neither multiplies the other.
WITH posts AS (
  SELECT r.customer_key, count(*) AS posts, sum(p.views) AS views, sum(p.likes) AS likes, sum(p.dislikes) AS dislikes
  FROM silver.posts p
  JOIN identity.customer_references r ON r.table_name = 'posts' AND r.row_key = p.post_id
  WHERE p._deleted_at IS NULL AND r.customer_key IS NOT NULL
  GROUP BY ALL
),
tags AS (
  SELECT customer_key, string_agg(tag, ', ' ORDER BY tag) AS tags
  FROM (
    SELECT DISTINCT r.customer_key, unnest(CAST(p.tags AS JSON)::VARCHAR[]) AS tag
    FROM silver.posts p
    JOIN identity.customer_references r ON r.table_name = 'posts' AND r.row_key = p.post_id
    WHERE p._deleted_at IS NULL AND r.customer_key IS NOT NULL
  )
  GROUP BY customer_key
),
tickets AS (
  SELECT r.customer_key, count(*) AS tickets,
    count(*) FILTER (t.status = 'open') AS open_tickets,
    count(*) FILTER (t.priority = 'high') AS high_priority_tickets,
    max(t.created_on) AS last_ticket_on
  FROM silver.tickets t
  JOIN identity.customer_references r ON r.table_name = 'tickets' AND r.row_key = t.ticket_id
  WHERE t._deleted_at IS NULL AND r.customer_key IS NOT NULL
  GROUP BY ALL
),
erp AS (
  SELECT DISTINCT customer_key FROM gold.customer_crosswalk WHERE source = 'erp'
)
SELECT u.user_id, c.*,
  e.customer_key IS NOT NULL AS has_erp,
  COALESCE(p.posts, 0) AS posts, COALESCE(p.views, 0) AS views, COALESCE(p.likes, 0) AS likes, COALESCE(p.dislikes, 0) AS dislikes, g.tags,
  COALESCE(t.tickets, 0) AS tickets, COALESCE(t.open_tickets, 0) AS open_tickets,
  COALESCE(t.high_priority_tickets, 0) AS high_priority_tickets, t.last_ticket_on
FROM silver.users u
JOIN gold.customer_crosswalk x ON x.source = 'crm' AND x.record_id = u.user_id
JOIN gold.customer c ON c.customer_key = x.customer_key
LEFT JOIN erp e ON e.customer_key = c.customer_key
LEFT JOIN posts p ON p.customer_key = c.customer_key
LEFT JOIN tags g ON g.customer_key = c.customer_key
LEFT JOIN tickets t ON t.customer_key = c.customer_key
WHERE u._deleted_at IS NULL
ORDER BY u.user_id
