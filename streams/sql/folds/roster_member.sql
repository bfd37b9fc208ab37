-- Who stands on a roster on the day {day}: the newest complete version valid by then, with its amendments since.
SELECT roster, any(audience) AS audience, any(scope) AS scope, any(version) AS version, op.5 AS ref,
       argMax(op.6, op) AS household, argMax(op.7, op) AS community
FROM (
    SELECT roster, current.3 AS version, ifNull(parts[1].audience, '') AS audience, ifNull(parts[1].scope, '') AS scope,
           arrayFilter(x -> x.type = 'roster.part_recorded' AND x.valid_from <= {day:Date}, e) AS said,
           arrayMap(w -> (w.1, arrayMax(arrayMap(x -> x.recorded, arrayFilter(x -> x.valid_from = w.1 AND x.version = w.2, said))), w.2),
                    arrayDistinct(arrayMap(x -> (x.valid_from, ifNull(x.version, '')), said))) AS versions,
           arrayFilter(w -> length(arrayDistinct(arrayMap(x -> x.part, arrayFilter(x -> x.valid_from = w.1 AND x.version = w.3, said))))
                            = arrayLast(x -> x.valid_from = w.1 AND x.version = w.3, said).parts, versions) AS complete,
           arraySort(complete)[-1] AS current,
           arrayFilter(x -> x.valid_from = current.1 AND x.version = current.3, said) AS parts,
           arrayFlatten(arrayMap(p -> arrayMap(m -> (toDate(0), toDateTime64(0, 6, 'UTC'), '', 1, m.ref, m.household, m.community), arrayLast(x -> x.part = p, parts).members),
                                 arrayDistinct(parts.part))) AS base,
           arrayFilter(x -> x.type = 'roster.amended' AND x.valid_from >= current.1 AND x.valid_from <= {day:Date}, e) AS amended,
           arrayFlatten(arrayMap(x -> arrayConcat(
               arrayMap(m -> (x.valid_from, x.recorded, x.event_id, 1, m.ref, m.household, m.community), x.members),
               arrayMap(r -> (x.valid_from, x.recorded, x.event_id, 0, r, '', ''), x.removed)), amended)) AS changes,
           arrayJoin(if(empty(complete), [], arrayConcat(base, changes))) AS op
    FROM {{events roster: audience, scope, version, valid_from, part, parts, members, removed}}
)
GROUP BY roster, ref
HAVING argMax(op.4, op) = 1
