-- Counts the sales again: the stock is right afterwards, without anybody correcting it by hand.
UPDATE inventory i SET stock = 100 - (SELECT count(*) FROM sales s WHERE s.sku = i.sku);
