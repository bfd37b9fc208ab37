-- zh: 宣传覆盖：按受众、层级、地方统计的不同的人与户
-- en: coverage: distinct people and households by audience, level and place
-- note: 区间内签收的不同的人和户，不是回执张数（D3）；作废、存疑、退回的回执与未当面讲授的入户回执不计（D4、D8、D9）。受众为空的一行是全部受众合计，同一人、同一户只计一次。入户是入户宣传的回执覆盖的户，不论受众。截止日之后的一概不计：派出所、乡镇按该日所辖社区，应覆盖数取该日花名册，没有花名册的居民与住户（及合计）取该日人口与户数。
-- asks: days population
-- dim: audience 受众（空为合计） | audience, empty for all together
-- dim: level 层级 | level
-- dim: place 地方 | place
-- sum: people 已覆盖人数 | people covered | 人
-- sum: households 已覆盖户数 | households covered | 户
-- sum: visited 其中入户户数 | of these by visits | 户
-- sum: receipts 计数回执 | receipts counted | 张
-- sum: visit_receipts 其中入户回执 | of these of visits | 张
-- sum: people_due 应覆盖人数 | people due | 人
-- sum: households_due 应覆盖户数 | households due | 户
-- sum: people_share 人员覆盖率 | share of people |
-- sum: households_share 住户覆盖率 | share of households |
-- sum: visited_share 入户覆盖率 | share of households visited |
WITH
homes AS (
    SELECT community, argMax(station, valid_from) AS station, argMax(township, valid_from) AS township
    FROM {{assignment}} WHERE valid_from <= {to:Date} GROUP BY community
),
-- Whoever has one row is distinct already and only counted; of the others each group keeps who they are. Groups are
-- told apart by a sum of hashes: the texts themselves take half the time of the whole figure.
met AS (
    SELECT any(r.kind) AS kind, any(r.audience) AS audience, any(r.community) AS community,
           countIf(elsewhere = 0) AS refs, countIf(elsewhere = 0 AND visit) AS visits,
           groupArrayIf(elsewhere, elsewhere != 0) AS others, groupArrayIf(elsewhere, elsewhere != 0 AND visit) AS visited_others,
           sum(slip) AS slips, sum(visit_slip) AS visit_slips
    FROM (
        SELECT kind, audience, community, elsewhere, arrayFilter(d -> d.day >= {from:Date} AND d.day <= {to:Date}, days) AS seen,
               has(seen.visit, 1) AS visit, arraySum(seen.slip) AS slip, arraySum(arrayMap(d -> d.visit AND d.slip, seen)) AS visit_slip
        FROM {{reached}} WHERE notEmpty(seen)
    ) AS r
    GROUP BY cityHash64(r.kind) + 3 * cityHash64(r.audience) + 5 * cityHash64(r.community)
)
SELECT audience, level, place, people, households, visited, receipts, visit_receipts,
       multiIf(listed > 0, listed, living > 0, living, NULL) AS people_due,
       multiIf(listed_homes > 0, listed_homes, living_homes > 0, living_homes, NULL) AS households_due,
       round(people / people_due, 4) AS people_share, round(households / households_due, 4) AS households_share,
       round(visited / households_due, 4) AS visited_share
FROM (
    SELECT audience, level, place, sum(n.1) AS people, sum(n.2) AS households, sum(n.3) AS visited, sum(n.4) AS receipts,
           sum(n.5) AS visit_receipts, sum(n.6) AS listed, sum(n.7) AS listed_homes, sum(n.8) AS living, sum(n.9) AS living_homes
    FROM (
        SELECT audience, spot.1 AS level, spot.2 AS place,
               (sumIf(refs, kind = 'person') + uniqExactArrayIf(others, kind = 'person'),
                sumIf(refs, kind = 'household') + uniqExactArrayIf(others, kind = 'household'),
                sumIf(visits, kind = 'household') + uniqExactArrayIf(visited_others, kind = 'household'),
                sum(slips), sum(visit_slips), 0, 0, 0, 0) AS n
        FROM (
            SELECT m.kind AS kind, m.refs AS refs, m.visits AS visits, m.others AS others, m.visited_others AS visited_others,
                   m.slips AS slips, m.visit_slips AS visit_slips, arrayJoin(['', m.audience]) AS audience,
                   arrayJoin([('county', ''), ('community', m.community), ('station', h.station), ('township', h.township)]) AS spot
            FROM met AS m LEFT JOIN homes AS h ON m.community = h.community
        )
        GROUP BY audience, level, place
        UNION ALL
        SELECT audience, spot.1 AS level, spot.2 AS place,
               (0, 0, 0, 0, 0, uniqExact(ref), uniqExactIf(household, household != ''), 0, 0)
        FROM (
            SELECT r.ref AS ref, r.household AS household,
                   arrayJoin(if(r.audience IN ('resident', 'household'), ['', r.audience], [r.audience])) AS audience,
                   arrayJoin([('county', ''), ('community', r.community), ('station', h.station), ('township', h.township)]) AS spot
            FROM (SELECT * FROM {{roster_member}} WHERE since <= {to:Date} AND until > {to:Date}) AS r
            LEFT JOIN homes AS h ON r.community = h.community
        )
        WHERE spot.1 = 'county' OR spot.2 != '' GROUP BY audience, level, place
        UNION ALL
        SELECT audience, spot.1 AS level, spot.2 AS place, (0, 0, 0, 0, 0, 0, 0, sum(pop), sum(households))
        FROM (
            SELECT p.pop AS pop, p.households AS households, arrayJoin(['', 'resident', 'household']) AS audience,
                   arrayJoin([('county', ''), ('community', p.community), ('station', h.station), ('township', h.township)]) AS spot
            FROM (SELECT community, ifNull(argMax({{base}}, valid_from), 0) AS pop, ifNull(argMax(households, valid_from), 0) AS households
                  FROM {{population}} WHERE valid_from <= {to:Date} GROUP BY community) AS p
            LEFT JOIN homes AS h ON p.community = h.community
        )
        WHERE spot.1 = 'county' OR spot.2 != '' GROUP BY audience, level, place
    )
    GROUP BY audience, level, place
)
WHERE (receipts > 0 OR listed > 0 OR audience = '') AND {{where}}
ORDER BY audience, level, place
