SELECT j.name AS queue, j.id::text AS id, j.state < 'active' AS waiting
FROM unnest({doomed_queues}, {doomed_ids}) AS w(queue, id)
JOIN {job} j ON j.name = w.queue AND j.id = w.id::uuid
