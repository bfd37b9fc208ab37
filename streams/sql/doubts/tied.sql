-- zh: 两条说法同时，由编号大的一条算数
-- en: two statements of one moment; the one of the larger id won
-- do_zh: 核对两条事件，再提交一条更正写明正确的值
-- do_en: look at both events and submit a correction with the right value
-- The winning value of a field, and another one with the same stamp: nobody knows which was said last.
-- `rest` is what sets the same statements apart: two populations of one community are of two days.
WITH fields AS (
    SELECT incident AS subject, '' AS rest, x.late AS late, x.recorded AS recorded, x.event_id AS event_id,
           [('occurred', toString(x.occurred)), ('reported', toString(x.reported)), ('filed', toString(x.filed)),
            ('station', x.station), ('community', x.community), ('work_community', x.work_community),
            ('category', x.category), ('stage', x.stage), ('loss_fen', toString(x.loss_fen)),
            ('frozen_fen', toString(x.frozen_fen)), ('returned_fen', toString(x.returned_fen)),
            ('merged_into', x.merged_into), ('withdrawn', toString(x.withdrawn))] AS pairs
    FROM {{events incident: occurred, reported, filed, station, community, work_community, category, stage, loss_fen, frozen_fen, returned_fen, merged_into, withdrawn
        WHERE f.incident IN (SELECT incident FROM incident_facts GROUP BY incident, recorded HAVING count() > 1)}}
    ARRAY JOIN e AS x
    UNION ALL
    SELECT action, '', x.late, x.recorded, x.event_id,
           [('channel', x.channel), ('station', x.station), ('community', x.community), ('unit', x.unit),
            ('duty', x.duty), ('time', toString(x.time)), ('audience_size', toString(x.audience_size)),
            ('reached', toString(x.reached))]
    FROM {{events action: channel, station, community, unit, duty, time, audience_size, reached
        WHERE f.action IN (SELECT action FROM action_facts GROUP BY action, recorded HAVING count() > 1)}}
    ARRAY JOIN e AS x
    UNION ALL
    SELECT receipt, '', x.late, x.recorded, x.event_id,
           [('action', x.action), ('community', x.community), ('audience', x.audience), ('person_ref', x.person_ref),
            ('household_ref', x.household_ref), ('explained_in_person', toString(x.explained_in_person)),
            ('verdict', x.verdict)]
    FROM {{events receipt: action, community, audience, person_ref, household_ref, explained_in_person, verdict
        WHERE f.receipt IN (SELECT receipt FROM receipt_facts GROUP BY receipt, recorded HAVING count() > 1)}}
    ARRAY JOIN e AS x
    UNION ALL
    SELECT subject, concat(x.type, ' ', toString(x.valid_from)), x.late, x.recorded, x.event_id,
           [('level', x.level), ('name', x.name), ('parent', x.parent), ('kind', x.kind), ('station', x.station),
            ('township', x.township), ('merged_into', x.merged_into), ('pop_actual', toString(x.pop_actual)),
            ('pop_resident', toString(x.pop_resident)), ('pop_registered', toString(x.pop_registered)),
            ('households', toString(x.households))]
    FROM {{events registry: valid_from, level, name, parent, kind, station, township, merged_into, pop_actual, pop_resident, pop_registered, households}}
    ARRAY JOIN e AS x
)
SELECT subject, '' AS place, arrayStringConcat(arraySort(groupUniqArray(trimBoth(concat(rest, ' ', field)))), ', ') AS detail,
       arraySort(groupUniqArrayArray(tied)) AS events
FROM (
    SELECT subject, rest, field, arrayFilter(x -> (x.1, x.2) = arrayMax(y -> (y.1, y.2), s), s) AS top, top.3 AS tied
    FROM (
        SELECT subject, rest, pair.1 AS field, groupArray((late, recorded, event_id, assumeNotNull(pair.2))) AS s
        FROM fields ARRAY JOIN pairs AS pair WHERE isNotNull(pair.2) GROUP BY subject, rest, field HAVING count() > 1
    )
    WHERE length(arrayDistinct(top.4)) > 1
)
GROUP BY subject
