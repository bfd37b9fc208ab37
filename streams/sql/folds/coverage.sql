-- A receipt stands with one person and one household at a time, so its rows that count are counted.
SELECT period, audience, level, place, kind, bucket,
       uniqExactIf(ref, p.here) AS covered, sum(p.here) AS receipts, sum(p.v) AS v
FROM {{reach_place}} AS p
GROUP BY period, audience, level, place, kind, bucket
