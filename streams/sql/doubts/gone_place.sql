-- zh: 地方当日不在：已并入、已撤或尚未设立
-- en: at a station or community after it was merged or ended, or before it began
-- do_zh: 改到当日在的地方（incident.moved），或更正登记的生效日
-- do_en: move it to a place of that day (incident.moved), or correct the day from which the place is registered
-- A station is asked for the day of the report, a community for the day on which it happened. The first day of any
-- statement that registers a place is its beginning. Candidates: every place and day that was ever said.
WITH spans AS (
    SELECT code, span.1 AS level, span.2 AS began, span.3 AS ended, span.4 AS into, span.5 AS ended_by
    FROM (
        SELECT subject AS code, e[-1].valid_from AS never,
               arrayFilter(x -> x.type = 'station.registered', e) AS station, arrayFilter(x -> x.type = 'station.merged', e) AS merged,
               arrayFilter(x -> x.type IN ('community.assigned', 'place.registered'), e) AS community,
               arrayFilter(x -> x.type = 'place.ended', e) AS gone,
               arrayJoin([('station', arrayMin(station.valid_from), if(empty(merged), toDate('2149-06-06'), merged[-1].valid_from),
                           ifNull(merged[-1].merged_into, ''), if(empty(merged), '', merged[-1].event_id), notEmpty(station)),
                          ('community', arrayMin(community.valid_from), if(empty(gone), toDate('2149-06-06'), gone[-1].valid_from),
                           ifNull(gone[-1].merged_into, ''), if(empty(gone), '', gone[-1].event_id), notEmpty(community))]) AS span
        FROM {{events registry: valid_from, merged_into}}
    )
    WHERE span.6
)
SELECT subject, s.code AS place, concat(toString(day), if(day < s.began, concat(' < ', toString(s.began)), concat(' ≥ ', toString(s.ended), ' → ', s.into))) AS detail,
       if(day < s.began OR s.ended_by = '', [said_by], [said_by, s.ended_by]) AS events
FROM (
    SELECT incident AS subject, spot.1 AS level, ifNull(spot.2, '') AS code, ifNull(toDate(spot.3, {zone:String}), toDate(0)) AS day, spot.4 AS said_by
    FROM {{state incident: station, community, occurred, reported, withdrawn
        WHERE f.incident IN (
            SELECT p.incident FROM incident_place AS p INNER JOIN spans AS s ON p.station = s.code
            WHERE p.basis = 'reported' AND s.level = 'station' AND (p.day < s.began OR p.day >= s.ended)
            UNION ALL
            SELECT p.incident FROM incident_place AS p INNER JOIN spans AS s ON p.community = s.code
            WHERE p.basis = 'occurred' AND s.level = 'community' AND (p.day < s.began OR p.day >= s.ended))}}
    ARRAY JOIN [('station', station, reported, station_by), ('community', community, occurred, community_by)] AS spot
    WHERE ifNull(withdrawn, 0) = 0 AND isNotNull(spot.3)
    UNION ALL
    SELECT action, spot.1, ifNull(spot.2, ''), ifNull(toDate(time, {zone:String}), toDate(0)), spot.3
    FROM {{state action: station, community, time}}
    ARRAY JOIN [('station', station, station_by), ('community', community, community_by)] AS spot
    WHERE isNotNull(time) AND NOT has(e.type, 'action.voided')
) AS t
INNER JOIN spans AS s ON t.level = s.level AND t.code = s.code
WHERE day < s.began OR day >= s.ended
