-- zh: 新鲜度：各主题的记录数与最近时刻
-- en: freshness: records of each topic and the latest moments
-- note: events 是可用的记录数，同一事件重复送达时各算一条；recorded 是最近一条的知悉时刻；waiting 是已入库、尚未进入统计的位置数（有空号，是上限）。
-- asks:
-- dim: topic 主题 | topic
-- sum: events 记录数 | records | 条
-- text: recorded 最近知悉 | latest recorded
-- sum: waiting 待统计 | waiting for a round | 条
-- text: simulated 演示数据 | simulated
SELECT i.topic AS topic, i.events AS events, i.recorded AS recorded, p.waiting AS waiting,
       (SELECT count() > 0 FROM source_seen WHERE startsWith(source, 'simulator')) AS simulated
FROM (SELECT topic, sum(a.events) AS events, max(a.recorded) AS recorded FROM {{arrival}} AS a GROUP BY topic) AS i
LEFT JOIN (SELECT topic, sum(facts_next - marts_next) AS waiting FROM progress FINAL GROUP BY topic) AS p ON i.topic = p.topic
WHERE {{where}}
ORDER BY topic
