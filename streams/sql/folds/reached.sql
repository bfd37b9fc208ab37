-- On which days receipts that count reached whom, a row for each community and audience they were ever said to be of.
-- All rows of a reference are made together: their versions are that of all. `elsewhere` is 0 for whoever has one row,
-- else a number by which the rows of one reference are told from those of others.
SELECT kind, row.1 AS audience, row.2 AS community, ref, if(length(rows) > 1, cityHash64(ref), 0) AS elsewhere,
       CAST(arraySort(arrayMap(x -> (x.3, x.4, x.5), arrayFilter(x -> x.6 = 1 AND (x.1, x.2) = row, said))),
            'Array(Tuple(day Date, visit UInt8, slip UInt8))') AS days, v
FROM (
    SELECT kind, ref, groupArray((audience, community, day, channel = 'household_visit', slip, here)) AS said,
           arrayDistinct(arrayMap(x -> (x.1, x.2), said)) AS rows, sum(p.v) AS v
    FROM {{contact}} AS p
    GROUP BY kind, ref
)
ARRAY JOIN rows AS row
