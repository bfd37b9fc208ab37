-- zh: 发案数、经济损失与追回
-- en: incidents, loss and recovered funds
-- note: 按统计口径（发案、接报或立案之日）计数；劝阻成功另列，不计入发案数。乡镇取居住社区当日所属，未填社区的取受理派出所所在乡镇。
-- asks: days basis
-- compares: incidents attempted dissuaded loss_fen recovered_fen frozen_fen
-- by: station
-- day: day 日 | day
-- dim: month 月 | month
-- dim: station 受理派出所 | station that took the report
-- dim: township 乡镇 | township
-- dim: community 居住社区 | community of residence
-- dim: category 类别 | category
-- sum: incidents 发案数 | incidents | 起
-- sum: attempted 其中未遂 | attempted among them | 起
-- sum: dissuaded 劝阻成功 | dissuaded, not in incidents | 起
-- sum: loss_fen 经济损失 | loss | 分
-- sum: recovered_fen 追回 | recovered | 分
-- sum: frozen_fen 冻结 | frozen | 分
SELECT {{by}},
       sum(t.incidents) AS incidents, sum(t.attempted) AS attempted, sum(t.dissuaded) AS dissuaded,
       sum(t.loss_fen) AS loss_fen, sum(t.recovered_fen) AS recovered_fen, sum(t.frozen_fen) AS frozen_fen
FROM (
    SELECT m.day AS day, formatDateTime(m.day, '%Y-%m') AS month, m.station AS station, m.community AS community,
           m.category AS category, if(h.township != '', h.township, s.parent) AS township,
           m.incidents AS incidents, m.attempted AS attempted, m.dissuaded AS dissuaded,
           m.loss_fen AS loss_fen, m.recovered_fen AS recovered_fen, m.frozen_fen AS frozen_fen
    FROM (SELECT * FROM {{incident_day}} WHERE basis = {basis:String} AND day >= {from:Date} AND day <= {to:Date}
          AND (incidents > 0 OR dissuaded > 0)) AS m
    ASOF LEFT JOIN {{assignment}} AS h ON m.community = h.community AND m.day >= h.valid_from
    LEFT JOIN (SELECT code, parent FROM {{place}} WHERE type = 'station.registered') AS s ON m.station = s.code
) AS t
WHERE {{where}}
GROUP BY {{by}}
ORDER BY {{by}}
