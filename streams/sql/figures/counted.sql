-- zh: 一个发案数背后的警情
-- en: the incidents that make up a number
-- note: 与 incidents、rates 同一口径：每起计入（或劝阻成功）的警情一行，行数之和就是那个数字；再用 history 查每起的事件。
-- asks: days basis
-- day: day 日 | day
-- text: moment 时刻 | moment
-- dim: incident 警情 | incident
-- dim: station 受理派出所 | station that took the report
-- dim: township 乡镇 | township
-- dim: community 居住社区 | community of residence
-- dim: category 类别 | category
-- dim: counts 计为 | counted as
-- sum: incidents 计入发案数 | counted | 起
-- sum: dissuaded 劝阻成功 | dissuaded | 起
-- sum: loss_fen 经济损失 | loss | 分
-- sum: recovered_fen 追回 | recovered | 分
SELECT day, moment, incident, station, township, community, category, counts, incidents, dissuaded, loss_fen, recovered_fen
FROM (
    SELECT m.day AS day, m.moment AS moment, m.incident AS incident, m.station AS station, m.community AS community,
           m.category AS category, if(h.township != '', h.township, s.parent) AS township,
           if(m.incidents > 0, 'incidents', 'dissuaded') AS counts, m.incidents AS incidents, m.dissuaded AS dissuaded,
           m.loss_fen AS loss_fen, m.recovered_fen AS recovered_fen
    FROM (SELECT * FROM {{incident_place}} WHERE basis = {basis:String} AND day >= {from:Date} AND day <= {to:Date}
          AND (incidents > 0 OR dissuaded > 0)) AS m
    ASOF LEFT JOIN {{assignment}} AS h ON m.community = h.community AND m.day >= h.valid_from
    LEFT JOIN (SELECT code, parent FROM {{place}} WHERE type = 'station.registered') AS s ON m.station = s.code
) AS t
WHERE {{where}}
ORDER BY day DESC, moment DESC, incident
