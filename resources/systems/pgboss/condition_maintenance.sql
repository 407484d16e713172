SELECT 'no_leader' AS kind, 'maintenance' AS subject, max(v.maintained_on) AS since,
       'no pg-boss instance has run its maintenance for more than 10 minutes (version.maintained_on): expired jobs stay active and nothing is archived' AS evidence
FROM {schema}.version v
HAVING max(v.maintained_on) < {now} - interval '10 minutes'
