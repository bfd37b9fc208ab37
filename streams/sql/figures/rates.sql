-- zh: 万人发案数：全县、乡镇、派出所、社区
-- en: incidents per 10,000 people of the county, townships, stations and communities
-- note: 分母是人日：区间内每一天属于该地的人口之和除以天数，即平均人口，口径由方案规定；区间中途调整归属的社区按天分开计。区间内任何一天没有人口数的社区不计入分母，列入 unknown_communities；有这种社区的地方不排名。派出所按受理所计，分母为其负责社区之和。
-- asks: days basis population
-- compares: incidents dissuaded loss_fen recovered_fen rate_per_10k
-- dim: level 层级 | level
-- dim: place 地方 | place
-- sum: incidents 发案数 | incidents | 起
-- sum: dissuaded 劝阻成功 | dissuaded | 起
-- sum: loss_fen 经济损失 | loss | 分
-- sum: recovered_fen 追回 | recovered | 分
-- sum: population 平均人口 | average population | 人
-- sum: rate_per_10k 万人发案数 | incidents per 10,000 | 起/万人
-- sum: rank_per_10k 万人发案数名次 | rank by incidents per 10,000 | 位
-- sum: communities 社区数 | communities | 个
-- sum: unknown_communities 其中人口未知 | of these without a known population | 个
-- sum: person_days 人日 | person-days | 人日
WITH
{from:Date} AS first, {to:Date} + 1 AS until,
-- Every community that is registered, assigned or counted by the end: who answers for it, and how many live there,
-- each from which day to which; `known` where every day of the window has a number.
spans AS (
    SELECT community, known,
           arrayMap((p, next) -> (greatest(p.1, first), next, p.2), pops, arraySlice(arrayPushBack(pops.1, until), 2)) AS people,
           arrayMap((h, next) -> (greatest(h.1, first), next, h.2, h.3), homes, arraySlice(arrayPushBack(homes.1, until), 2)) AS parts
    FROM (
        SELECT community, arraySort(groupArrayIf((valid_from, pop), of = 'population')) AS pops,
               arrayPushFront(arraySort(groupArrayIf((valid_from, station, township), of = 'assignment')), (toDate(0), '', '')) AS homes,
               notEmpty(pops) AND pops[1].1 <= first AS known
        FROM (
            SELECT 'population' AS of, community, valid_from, toUInt64(assumeNotNull({{base}})) AS pop, '' AS station, '' AS township
            FROM {{population}} WHERE isNotNull({{base}})
            UNION ALL
            SELECT 'assignment', community, valid_from, 0, station, township FROM {{assignment}}
            UNION ALL
            SELECT 'place', code, valid_from, 0, '', '' FROM {{place}} WHERE type = 'place.registered' AND level = 'community'
        )
        WHERE valid_from < until GROUP BY community
    )
),
-- A row for each stretch of days that a community belonged to a place.
stretches AS (
    SELECT spot.1 AS level, spot.2 AS place, community, known,
           if(known, arraySum(p -> p.3 * greatest(0, least(spot.4, p.2) - greatest(spot.3, p.1)), people), 0) AS person_days
    FROM (
        SELECT community, known, people,
               arrayJoin(arrayConcat(
                   [('county', '', first, until), ('community', community, first, until)],
                   arrayMap(h -> ('station', h.3, h.1, h.2), parts), arrayMap(h -> ('township', h.4, h.1, h.2), parts))) AS spot
        FROM spans
    )
    WHERE spot.3 < spot.4
)
SELECT level, place, incidents, dissuaded, loss_fen, recovered_fen,
       if(people > 0, round(people / (until - first), 2), NULL) AS population,
       if(people > 0, round(incidents * 10000 * (until - first) / people, 4), NULL) AS rate_per_10k,
       if(ranked, rank() OVER (PARTITION BY level, ranked ORDER BY incidents / people DESC), NULL) AS rank_per_10k,
       communities, unknown_communities, people AS person_days
FROM (
    SELECT level, place, sum(t.incidents) AS incidents, sum(t.dissuaded) AS dissuaded, sum(t.loss_fen) AS loss_fen,
           sum(t.recovered_fen) AS recovered_fen, sum(t.person_days) AS people,
           greatest(uniqExactIf(t.community, t.community != ''), level = 'community' AND place != '') AS communities,
           communities - uniqExactIf(t.community, t.known) AS unknown_communities,
           people > 0 AND unknown_communities = 0 AND place != '' AS ranked
    FROM (
        SELECT spot.1 AS level, spot.2 AS place, m.incidents AS incidents, m.dissuaded AS dissuaded,
               m.loss_fen AS loss_fen, m.recovered_fen AS recovered_fen, '' AS community, 0 AS known, 0 AS person_days
        FROM (
            SELECT i.incidents AS incidents, i.dissuaded AS dissuaded, i.loss_fen AS loss_fen, i.recovered_fen AS recovered_fen,
                   arrayJoin([('county', ''), ('station', i.station), ('community', i.community),
                              ('township', if(h.township != '', h.township, s.parent))]) AS spot
            FROM (SELECT * FROM {{incident_day}} WHERE basis = {basis:String} AND day >= {from:Date} AND day <= {to:Date}
                  AND (incidents > 0 OR dissuaded > 0)) AS i
            ASOF LEFT JOIN {{assignment}} AS h ON i.community = h.community AND i.day >= h.valid_from
            LEFT JOIN (SELECT code, parent FROM {{place}} WHERE type = 'station.registered') AS s ON i.station = s.code
        ) AS m
        UNION ALL
        SELECT level, place, 0, 0, 0, 0, community, known, person_days FROM stretches
    ) AS t
    GROUP BY level, place
)
WHERE (place != '' OR level = 'county' OR incidents > 0 OR dissuaded > 0) AND {{where}}
ORDER BY level, place
