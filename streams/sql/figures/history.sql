-- zh: 一个对象背后的事件
-- en: the events behind one entity
-- note: 用 --where key=编号 指定对象；这是一切数字的来处。
-- asks:
-- dim: key 对象 | subject
-- dim: event_id 事件编号 | event id
-- dim: type 类型 | type
-- text: recorded 知悉时刻 | recorded
-- sum: part 分区 | partition |
-- sum: off 位置 | offset |
-- dim: topic 主题 | topic
-- text: event 事件原文 | the event
SELECT key, event_id, type, recorded, part, off, topic, event
FROM (
    SELECT key, event_id, type, parseDateTime64BestEffortOrNull(archive.recorded, 6, 'UTC') AS recorded, part, off, topic,
           toValidUTF8(if(lifted = '', raw, lifted)) AS event
    FROM archive FINAL WHERE ok = 1
) AS t
WHERE {{until recorded}} AND {{where}}
ORDER BY recorded, event_id, off
