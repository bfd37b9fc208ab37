SELECT period, audience, level, place, kind, bucket,
       uniqExactIf(ref, p.here) AS covered, uniqExactIf(receipt, p.here) AS receipts, sum(p.v) AS v
FROM {{reach_place}} AS p
GROUP BY period, audience, level, place, kind, bucket
