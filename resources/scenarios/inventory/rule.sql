-- What is in stock and what should be.
SELECT (SELECT stock FROM inventory WHERE sku = 'teapot') AS stock, (SELECT 100 - count(*) FROM sales) AS should_be
