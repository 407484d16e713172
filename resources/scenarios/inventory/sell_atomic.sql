-- The same, but the server computes from what is there when it writes (psql).
SELECT stock FROM inventory WHERE sku = 'teapot' \gset
SELECT pg_sleep(0.1);
INSERT INTO sales (sku) VALUES ('teapot');
UPDATE inventory SET stock = stock - 1 WHERE sku = 'teapot' AND stock > 0;
