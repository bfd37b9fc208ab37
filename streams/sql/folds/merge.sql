-- Whether the merge of each incident of a group holds. It does not where `why` says so: into itself (`self`), into one
-- that was never reported (`unknown`), or in a circle (`circle`), for the earliest reported of it: by the time of
-- report, then by the moment at which the report was learned of, then by id. All others of a circle are merged.
-- The version counts the facts of the whole group, and places of its incidents take it over.
-- A walk follows merges, twice as far at each level. Where it is as long as there are merges it has been all around a
-- circle, `least` is the earliest of that, and the incident `at` which it ends is on it.
-- Everything is read once: who is merged and into whom meet in one GROUP BY, and so do a walk and who it ends at.
SELECT w.incident AS incident, c.component AS component, w.into AS into, w.into != '' AND w.why = '' AS holds, w.why AS why,
       sum(w.n) OVER (PARTITION BY c.component) + {epoch:UInt64} * 1099511627776 AS v
FROM (
    SELECT place.1 AS incident, anyIf(n, place.2) AS n, anyIf(into, place.2) AS into,
           if(NOT min(place.2) AND anyIf(least, place.2 AND level = levels) = anyIf(rank, place.2), 'circle', anyIf(refused, place.2)) AS why
    FROM (
        WITH RECURSIVE walk AS (
            SELECT one.1 AS incident, one.2 AS n, one.3 AS into, one.4 AS rank,
                   multiIf(into = '', '', into = incident, 'self', reported, '', 'unknown') AS refused,
                   if(refused = '', into, '') AS at, rank AS least, 0 AS level, ceil(log2(count() OVER () + 1)) AS levels
            FROM (
                SELECT place.1 AS here, max(place.2) AS reported, groupArrayIf((incident, n, into, rank), place.3) AS ones
                FROM (
                    SELECT incident, n, ifNull(arrayLast(x -> isNotNull(x), e.merged_into), '') AS into,
                           (ifNull(arrayLast(x -> isNotNull(x), e.reported), toDateTime64(0, 6, 'UTC')),
                            arrayLast((x, late) -> NOT late, e.recorded, e.late), incident) AS rank,
                           arrayJoin([(incident, has(e.type, 'incident.reported'), 0), (if(into = '', incident, into), 0, 1)]) AS place
                    FROM {{events merge: reported, merged_into}}
                )
                GROUP BY here
            )
            ARRAY JOIN ones AS one
            UNION ALL
            SELECT a.incident, a.n, a.into, a.rank, a.refused, b.at, if(a.least <= b.least, a.least, b.least), a.level + 1, a.levels
            FROM walk AS a INNER JOIN walk AS b ON a.at = b.incident
            WHERE a.level < a.levels AND b.at != ''
        )
        SELECT n, into, rank, refused, least, level, levels,
               arrayJoin(if(level = levels, [(incident, 1), (at, 0)], [(incident, 1)])) AS place
        FROM walk
    )
    GROUP BY incident
) AS w
LEFT JOIN {{component}} AS c ON c.incident = w.incident
