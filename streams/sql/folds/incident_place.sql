-- One row for every place and day an incident was ever said to be at, with what it counts for there now.
-- Places come from every fact (a), present values from counted events (e): both only grow with what is visible.
-- An incident whose merge holds counts nowhere. In a group the version is the one under which the group was folded: it
-- has counted nothing that is not seen here.
-- Nothing said is NULL here; the hash is over plain texts, so that it never depends on how a column is kept.
SELECT sipHash128(basis, day, assumeNotNull(station), assumeNotNull(community), assumeNotNull(category)) AS slot,
       b.1 AS basis, arrayJoin(b.2) AS day, arrayJoin(stations) AS station, arrayJoin(communities) AS community,
       arrayJoin(categories) AS category, incident,
       if((counted AND isNotNull(b.3) AND day = toDate(b.3, {zone:String}) AND station = st AND community = co AND category = ca) AS here,
          assumeNotNull(b.3), toDateTime64(0, 6, 'UTC')) AS moment,
       here AND stage != 'dissuaded' AS incidents, here AND stage = 'attempted' AS attempted,
       here AND stage = 'dissuaded' AS dissuaded,
       if(incidents, loss, 0) AS loss_fen, if(incidents, returned, 0) AS recovered_fen, if(incidents, frozen, 0) AS frozen_fen,
       v
FROM (
    SELECT i.incident AS incident, if(m.v = 0, i.n + {epoch:UInt64} * 1099511627776, m.v) AS v,
           arrayDistinct(arrayFilter(x -> isNotNull(x), a.station)) AS stations,
           arrayDistinct(arrayFilter(x -> isNotNull(x), a.community)) AS communities,
           arrayDistinct(arrayFilter(x -> isNotNull(x), a.category)) AS categories,
           arrayLast(x -> isNotNull(x), e.station) AS st, arrayLast(x -> isNotNull(x), e.community) AS co,
           arrayLast(x -> isNotNull(x), e.category) AS ca,
           ifNull(arrayLast(x -> isNotNull(x), e.loss_fen), 0) AS loss,
           ifNull(arrayLast(x -> isNotNull(x), e.returned_fen), 0) AS returned,
           ifNull(arrayLast(x -> isNotNull(x), e.frozen_fen), 0) AS frozen,
           ifNull(arrayLast(x -> isNotNull(x), e.stage), '') AS stage,
           arrayExists(x -> x = 'incident.reported', e.type) AND NOT m.holds
               AND NOT ifNull(arrayLast(x -> isNotNull(x), e.withdrawn), 0) AS counted,
           arrayJoin([
               ('occurred', arrayDistinct(arrayMap(x -> toDate(assumeNotNull(x), {zone:String}), arrayFilter(x -> isNotNull(x), a.occurred))), arrayLast(x -> isNotNull(x), e.occurred)),
               ('reported', arrayDistinct(arrayMap(x -> toDate(assumeNotNull(x), {zone:String}), arrayFilter(x -> isNotNull(x), a.reported))), arrayLast(x -> isNotNull(x), e.reported)),
               ('filed', arrayDistinct(arrayMap(x -> toDate(assumeNotNull(x), {zone:String}), arrayFilter(x -> isNotNull(x), a.filed))), arrayLast(x -> isNotNull(x), e.filed))
           ]) AS b
    FROM {{events incident: occurred, reported, filed, station, community, category, loss_fen, returned_fen, frozen_fen, stage, withdrawn}} AS i
    LEFT ANY JOIN {{merge}} AS m ON m.incident = i.incident
)
