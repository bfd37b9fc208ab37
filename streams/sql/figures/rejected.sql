-- zh: 未能计数的记录：坏记录，及同一编号下的另一内容
-- en: records that never count: bad ones, and other contents under an id already taken
-- asks:
-- dim: topic 主题 | topic
-- sum: part 分区 | partition |
-- sum: off 位置 | offset |
-- dim: reason 原因 | reason
-- text: detail 说明 | detail
-- dim: key 键 | key
-- text: appended 入库时刻 | appended
SELECT topic, part, off, reason, detail, key, appended
FROM (
    SELECT topic, part, off, reason, detail, key, appended FROM rejected_record FINAL WHERE {{until appended}}
    UNION ALL
    SELECT c.topic, c.part, c.off, 'conflict', concat('编号 ', c.event_id, ' 已有另一内容 / id taken by other content'), c.key, c.recorded
    FROM (SELECT * FROM conflict FINAL WHERE {{until recorded}}) AS c
    INNER JOIN (SELECT event_id, argMin(digest, (recorded, digest)) AS first FROM conflict FINAL WHERE {{until recorded}} GROUP BY event_id) AS w
        ON c.event_id = w.event_id
    WHERE c.digest != w.first
)
WHERE {{where}}
ORDER BY topic, part, off, reason
