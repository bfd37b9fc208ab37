-- zh: 零报告：谁在哪段时间报告无警情
-- en: zero reports: who said that there was nothing, and for when
-- asks:
-- dim: owner 单位 | owner
-- text: from 起 | from
-- text: until 止 | until
-- text: recorded 知悉时刻 | recorded
SELECT owner, from, until, recorded
FROM (
    SELECT owner, said.from AS from, said.until AS until, min(said.recorded) AS recorded
    FROM (SELECT owner, arrayJoin(e) AS said FROM {{events zero_report: from, until}})
    GROUP BY owner, from, until
)
WHERE {{where}}
ORDER BY from, owner
