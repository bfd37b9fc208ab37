-- Where each community belonged: `homes`, from which day on to which station and township, by the newest statement
-- about that day; `stations` and `townships`, all that were ever said; `n` counts what was said.
SELECT subject AS community, n,
       arraySort(arrayMap(x -> (x.valid_from, ifNull(x.station, ''), ifNull(x.township, '')),
                          arrayMap(d -> arrayLast(x -> x.valid_from = d, said), arrayDistinct(said.valid_from)))) AS homes,
       arrayDistinct(arrayMap(x -> ifNull(x.station, ''), ever)) AS stations,
       arrayDistinct(arrayMap(x -> ifNull(x.township, ''), ever)) AS townships
FROM (
    SELECT subject, n, arrayFilter(x -> x.type = 'community.assigned', a) AS ever,
           arrayFilter(x -> x.type = 'community.assigned', e) AS said
    FROM {{events registry: valid_from, station, township}}
)
WHERE notEmpty(ever)
