-- zh: 万人发案数：全县、乡镇、派出所、社区
-- en: incidents per 10,000 people of the county, townships, stations and communities
-- note: 分母是方案规定口径的人口，取区间末日有效的数；没有人口数时为空，不作零。派出所按受理所计，分母为其当日负责社区之和。
-- asks: days basis population
-- dim: level 层级 | level
-- dim: place 地方 | place
-- sum: incidents 发案数 | incidents | 起
-- sum: dissuaded 劝阻成功 | dissuaded | 起
-- sum: loss_fen 经济损失 | loss | 分
-- sum: recovered_fen 追回 | recovered | 分
-- sum: population 人口 | population | 人
-- sum: rate_per_10k 万人发案数 | incidents per 10,000 | 起/万人
WITH
homes AS (
    SELECT community, argMax(station, valid_from) AS station, argMax(township, valid_from) AS township
    FROM {{assignment}} WHERE valid_from <= {to:Date} GROUP BY community
),
pops AS (
    SELECT community, argMax({{base}}, valid_from) AS pop
    FROM {{population}} WHERE valid_from <= {to:Date} AND isNotNull({{base}}) GROUP BY community
)
SELECT level, place, incidents, dissuaded, loss_fen, recovered_fen, if(people > 0, people, NULL) AS population,
       if(people > 0, round(incidents * 10000 / people, 4), NULL) AS rate_per_10k
FROM (
    SELECT level, place, sum(t.incidents) AS incidents, sum(t.dissuaded) AS dissuaded, sum(t.loss_fen) AS loss_fen,
           sum(t.recovered_fen) AS recovered_fen, sum(t.pop) AS people
    FROM (
        SELECT spot.1 AS level, spot.2 AS place, m.incidents AS incidents, m.dissuaded AS dissuaded,
               m.loss_fen AS loss_fen, m.recovered_fen AS recovered_fen, 0 AS pop
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
        SELECT spot.1, spot.2, 0, 0, 0, 0, pop FROM (
            SELECT ifNull(p.pop, 0) AS pop,
                   arrayJoin([('county', ''), ('community', p.community), ('station', h.station), ('township', h.township)]) AS spot
            FROM pops AS p LEFT JOIN homes AS h ON p.community = h.community
        )
    ) AS t
    GROUP BY level, place
)
WHERE (place != '' OR level = 'county' OR incidents > 0 OR dissuaded > 0) AND {{where}}
ORDER BY level, place
