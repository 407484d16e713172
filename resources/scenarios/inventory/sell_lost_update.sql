-- Reads the stock, thinks, and writes what it has computed: the second of two writers wins (psql).
SELECT stock FROM inventory WHERE sku = 'teapot' \gset
SELECT pg_sleep(0.1);
INSERT INTO sales (sku) VALUES ('teapot');
UPDATE inventory SET stock = :stock - 1 WHERE sku = 'teapot';
