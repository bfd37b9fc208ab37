-- Who stands on a roster from `since` until the day before `until`: the newest complete version valid by then, with its
-- amendments since. What a roster says changes on the days it speaks of, and on no other.
-- Each step is a subquery of its own: the engine writes an alias out wherever it is used, and plans that for long.
SELECT roster, any(audience) AS audience, any(scope) AS scope, any(version) AS version, op.5 AS ref,
       argMax(op.6, op) AS household, argMax(op.7, op) AS community, since, until
FROM (
    SELECT roster, since, until, current.3 AS version, ifNull(parts[1].audience, '') AS audience, ifNull(parts[1].scope, '') AS scope,
           arrayFlatten(arrayMap(p -> arrayMap(m -> (toDate(0), toDateTime64(0, 6, 'UTC'), '', 1, m.ref, m.household, m.community), arrayLast(x -> x.part = p, parts).members),
                                 arrayDistinct(parts.part))) AS base,
           arrayFlatten(arrayMap(x -> arrayConcat(
               arrayMap(m -> (x.valid_from, x.recorded, x.event_id, 1, m.ref, m.household, m.community), x.members),
               arrayMap(r -> (x.valid_from, x.recorded, x.event_id, 0, r, '', ''), x.removed)), amended)) AS changes,
           arrayJoin(arrayConcat(base, changes)) AS op
    FROM (
        SELECT roster, since, until, current,
               arrayFilter(x -> x.valid_from = current.1 AND x.version = current.3, said) AS parts,
               arrayFilter(x -> x.type = 'roster.amended' AND x.valid_from >= current.1 AND x.valid_from <= since, e) AS amended
        FROM (
            SELECT roster, since, until, e, said,
                   arraySort(arrayFilter(w -> length(arrayDistinct(arrayMap(x -> x.part, arrayFilter(x -> x.valid_from = w.1 AND x.version = w.3, said))))
                                              = arrayLast(x -> x.valid_from = w.1 AND x.version = w.3, said).parts, versions)) AS complete,
                   complete[-1] AS current
            FROM (
                SELECT roster, since, until, e, said,
                       arrayMap(w -> (w.1, arrayMax(arrayMap(x -> x.recorded, arrayFilter(x -> x.valid_from = w.1 AND x.version = w.2, said))), w.2),
                                arrayDistinct(arrayMap(x -> (x.valid_from, ifNull(x.version, '')), said))) AS versions
                FROM (
                    SELECT roster, since, until, e, arrayFilter(x -> x.type = 'roster.part_recorded' AND x.valid_from <= since, e) AS said
                    FROM (
                        SELECT roster, e, arraySort(arrayDistinct(e.valid_from)) AS days,
                               arrayJoin(arrayZip(days, arrayPushBack(arraySlice(days, 2), toDate('2149-06-06')))) AS span,
                               span.1 AS since, span.2 AS until
                        FROM {{events roster: audience, scope, version, valid_from, part, parts, members, removed}}
                        WHERE notEmpty(e)
                    )
                )
            )
            WHERE notEmpty(complete)
        )
    )
)
GROUP BY roster, since, until, ref
HAVING argMax(op.4, op) = 1
