-- zh: 宣传覆盖：按受众、层级、地方统计的不同的人与户
-- en: coverage: distinct people and households by audience, level and place
-- note: 统计的是不同的人和户，不是回执张数（D3）；作废、存疑、退回的回执与未当面讲授的入户回执不计（D4、D8、D9）。应覆盖数取花名册，没有花名册的居民与住户取人口与户数。
-- asks: day population
-- dim: period 年度 | year
-- dim: audience 受众 | audience
-- dim: level 层级 | level
-- dim: place 地方 | place
-- sum: people 已覆盖人数 | people covered | 人
-- sum: households 已覆盖户数 | households covered | 户
-- sum: receipts 计数回执 | receipts counted | 张
-- sum: people_due 应覆盖人数 | people due | 人
-- sum: households_due 应覆盖户数 | households due | 户
-- sum: people_share 人员覆盖率 | share of people |
-- sum: households_share 入户覆盖率 | share of households |
WITH
homes AS (
    SELECT community, argMax(station, valid_from) AS station, argMax(township, valid_from) AS township
    FROM {{assignment}} WHERE valid_from <= {day:Date} GROUP BY community
),
rosters AS (
    SELECT audience, spot.1 AS level, spot.2 AS place, uniqExact(ref) AS people, uniqExactIf(household, household != '') AS households
    FROM (
        SELECT r.audience AS audience, r.ref AS ref, r.household AS household,
               arrayJoin([('county', ''), ('community', r.community), ('station', h.station), ('township', h.township)]) AS spot
        FROM {{roster_member}} AS r LEFT JOIN homes AS h ON r.community = h.community
        WHERE r.since <= {day:Date} AND r.until > {day:Date}
    )
    WHERE spot.1 = 'county' OR spot.2 != '' GROUP BY audience, level, place
),
residents AS (
    SELECT spot.1 AS level, spot.2 AS place, sum(pop) AS people, sum(households) AS households
    FROM (
        SELECT p.pop AS pop, p.households AS households,
               arrayJoin([('county', ''), ('community', p.community), ('station', h.station), ('township', h.township)]) AS spot
        FROM (SELECT community, ifNull(argMax({{base}}, valid_from), 0) AS pop, ifNull(argMax(households, valid_from), 0) AS households
              FROM {{population}} WHERE valid_from <= {day:Date} GROUP BY community) AS p
        LEFT JOIN homes AS h ON p.community = h.community
    )
    WHERE spot.1 = 'county' OR spot.2 != '' GROUP BY level, place
)
SELECT c.period AS period, c.audience AS audience, c.level AS level, c.place AS place,
       c.people AS people, c.households AS households, c.receipts AS receipts,
       multiIf(r.people > 0, r.people, c.audience IN ('resident', 'household') AND p.people > 0, p.people, NULL) AS people_due,
       multiIf(r.households > 0, r.households, c.audience IN ('resident', 'household') AND p.households > 0, p.households, NULL) AS households_due,
       round(people / people_due, 4) AS people_share, round(households / households_due, 4) AS households_share
FROM (
    SELECT period, audience, level, place, sumIf(m.covered, kind = 'person') AS people,
           sumIf(m.covered, kind = 'household') AS households,
           greatest(sumIf(m.receipts, kind = 'person'), sumIf(m.receipts, kind = 'household')) AS receipts
    FROM {{coverage}} AS m WHERE {{where}} GROUP BY period, audience, level, place
) AS c
LEFT JOIN rosters AS r ON c.audience = r.audience AND c.level = r.level AND c.place = r.place
LEFT JOIN residents AS p ON c.level = p.level AND c.place = p.place
WHERE c.receipts > 0
ORDER BY period, audience, level, place
