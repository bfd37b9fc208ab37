-- Which station and township answers for a community from which day on: the newest statement about that day.
SELECT subject AS community, last.valid_from AS valid_from, ifNull(last.station, '') AS station,
       ifNull(last.township, '') AS township
FROM (
    SELECT subject, arrayFilter(x -> x.type = 'community.assigned', e) AS said,
           arrayJoin(arrayMap(d -> arrayLast(x -> x.valid_from = d, said), arrayDistinct(said.valid_from))) AS last
    FROM {{events registry: valid_from, station, township}}
)
