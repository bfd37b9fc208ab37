-- zh: 预警：规则在哪一天对哪里发出
-- en: alerts: which rule spoke of which place, and on which day
-- note: 同一规则、地点、日子只有一条；recorded 是首次得知的时刻。
-- asks: days
-- dim: rule 规则 | rule
-- dim: place 地点 | place
-- day: day 日期 | day
-- text: threshold 阈值 | threshold
-- text: recorded 知悉时刻 | recorded
SELECT rule, place, day, threshold, recorded
FROM (
    SELECT said.rule AS rule, ifNull(said.place, '') AS place, said.day AS day, said.threshold AS threshold,
           min(said.recorded) AS recorded
    FROM (SELECT alert, arrayJoin(e) AS said FROM {{events alert: rule, place, day, threshold}})
    GROUP BY rule, place, day, threshold
)
WHERE day >= {from:Date} AND day <= {to:Date} AND {{where}}
ORDER BY day DESC, rule, place
