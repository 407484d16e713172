-- One article, a hundred in stock, nothing sold.
CREATE TABLE IF NOT EXISTS inventory (sku text PRIMARY KEY, stock integer NOT NULL);
CREATE TABLE IF NOT EXISTS sales (sku text NOT NULL, sold_at timestamptz NOT NULL DEFAULT clock_timestamp());
DELETE FROM sales;
INSERT INTO inventory VALUES ('teapot', 100) ON CONFLICT (sku) DO UPDATE SET stock = 100;
