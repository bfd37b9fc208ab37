-- Good records of each stretch of offsets: a record is one position, however often the archive was written.
SELECT topic, part, intDiv(off, {{stretch}}) AS stretch, uniqExact(off) AS events, max(moment) AS recorded
FROM (
    SELECT topic, part, off,
           ifNull(parseDateTime64BestEffortOrNull(r.recorded, 6, 'UTC'), toDateTime64(0, 6, 'UTC')) AS moment
    FROM archive AS r WHERE ok = 1
)
WHERE {{until moment}}
GROUP BY topic, part, stretch
