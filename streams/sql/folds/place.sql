-- Names of places, stations and units: the newest statement about each, with what it belongs to.
SELECT subject AS code, last.type AS type, ifNull(last.level, '') AS level, ifNull(last.name, '') AS name,
       ifNull(if(last.type = 'station.registered', last.township, last.parent), '') AS parent,
       ifNull(last.kind, '') AS kind, last.valid_from AS valid_from,
       ifNull(arrayLast(x -> isNotNull(x), e.merged_into), '') AS merged_into
FROM (
    SELECT subject, e, arrayFilter(x -> x.type IN ('place.registered', 'station.registered', 'unit.registered'), e) AS said,
           arrayJoin(arraySlice(arraySort(x -> (x.valid_from, x.recorded, x.event_id), said), -1)) AS last
    FROM {{events registry: valid_from, level, name, parent, township, kind, merged_into}}
)
