-- Which station and township answers for a community from which day on: the newest statement about that day.
-- `n` counts the statements ever made about the community.
SELECT community, valid_from, last.1 AS station, last.2 AS township, n
FROM (
    SELECT subject AS community, n, arrayFilter(x -> x.type = 'community.assigned', e) AS said,
           arrayJoin(arrayDistinct(said.valid_from)) AS valid_from,
           arrayLast(x -> x.valid_from = valid_from, said) AS found,
           (ifNull(found.station, ''), ifNull(found.township, '')) AS last
    FROM {{events registry: valid_from, station, township}}
)
