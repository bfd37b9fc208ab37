-- zh: 工作方案：日志中每一次启用，各版以什么为准
-- en: plans: every adoption in the log, and what each version counts by
-- note: 统计口径、归属、人口口径和预警阈值取自当时所知、当日有效的主方案：valid_from 最晚的一版，同日取后知悉的。日志中没有方案时按自带方案统计。
-- asks:
-- dim: plan 方案 | plan
-- dim: version 版本 | version
-- text: name 名称 | name
-- text: is_primary 主方案 | primary
-- text: valid_from 生效日 | valid from
-- text: counting_basis 统计口径 | counting basis
-- text: attribution 归属 | attribution
-- text: rate_base 人口口径 | population of the rate
-- text: alert_incidents_7d 7 天发案预警阈值 | incidents in 7 days that alert
-- text: sha256 原文 SHA-256 | SHA-256 of the text
-- text: recorded 知悉时刻 | recorded
-- text: event_id 事件 | event
SELECT plan, version, JSONExtractString(document, 'name') AS name, is_primary, valid_from,
       JSONExtractString(document, 'counting_basis') AS counting_basis,
       JSONExtractString(document, 'attribution') AS attribution, JSONExtractString(document, 'rate_base') AS rate_base,
       JSONExtractUInt(document, 'alerts', 'incidents_7d') AS alert_incidents_7d, sha256, recorded, event_id
FROM {{plan}}
WHERE {{where}}
ORDER BY recorded, plan
