-- Distinct people or households with a receipt that counts, by the columns of a coverage row or the slot they hash to.
-- A receipt stands with one person and one household at a time, so its rows that count are counted.
SELECT {{coverage_row}}, uniqExactIf(ref, p.here) AS covered, sum(p.here) AS receipts, sum(p.v) AS v
FROM {{reach_place}} AS p
GROUP BY {{coverage_row}}
