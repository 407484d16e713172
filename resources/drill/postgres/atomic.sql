UPDATE jobs
SET claimed_by = $1, claimed_at = clock_timestamp(), free_at = clock_timestamp() + lease(), attempts = attempts + 1
WHERE id = (SELECT id FROM jobs WHERE free_at <= now() ORDER BY free_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
