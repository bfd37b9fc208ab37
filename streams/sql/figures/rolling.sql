-- zh: 各派出所滚动 24 小时、7 天、30 天的发案数与损失
-- en: incidents and loss of each station over the last 24 hours, 7 days and 30 days, to the second
-- note: T − 窗口 < 时刻 ≤ T，T 由 --at 指定；按统计口径的时刻计。
-- asks: moment basis
-- by: station
-- dim: station 受理派出所 | station that took the report
-- dim: category 类别 | category
-- sum: incidents_24h 24 小时发案 | incidents in 24 h | 起
-- sum: loss_24h_fen 24 小时损失 | loss in 24 h | 分
-- sum: incidents_7d 7 天发案 | incidents in 7 d | 起
-- sum: loss_7d_fen 7 天损失 | loss in 7 d | 分
-- sum: incidents_30d 30 天发案 | incidents in 30 d | 起
-- sum: loss_30d_fen 30 天损失 | loss in 30 d | 分
SELECT {{by}},
       countIf(moment > {at:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR) AS incidents_24h,
       sumIf(p.loss_fen, moment > {at:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR) AS loss_24h_fen,
       countIf(moment > {at:DateTime64(6, 'UTC')} - INTERVAL 7 DAY) AS incidents_7d,
       sumIf(p.loss_fen, moment > {at:DateTime64(6, 'UTC')} - INTERVAL 7 DAY) AS loss_7d_fen,
       count() AS incidents_30d, sum(p.loss_fen) AS loss_30d_fen
FROM {{incident_place}} AS p
WHERE basis = {basis:String} AND p.incidents = 1
  AND day >= toDate({at:DateTime64(6, 'UTC')} - INTERVAL 30 DAY, {zone:String}) AND day <= toDate({at:DateTime64(6, 'UTC')}, {zone:String})
  AND moment > {at:DateTime64(6, 'UTC')} - INTERVAL 30 DAY AND moment <= {at:DateTime64(6, 'UTC')}
  AND {{where}}
GROUP BY {{by}}
ORDER BY {{by}}
