-- zh: 一个覆盖数背后的回执
-- en: the receipts that make up a coverage number
-- note: 与 coverage 同一口径：每人（户）每张计数的回执一行，按 ref 去重就是那个人数（户数）；再用 history 查每张的事件。
-- asks:
-- dim: period 年度 | year
-- dim: audience 受众 | audience
-- dim: level 层级 | level
-- dim: place 地方 | place
-- dim: kind 人或户 | person or household
-- dim: ref 引用 | reference
-- dim: receipt 回执 | receipt
SELECT period, audience, level, place, kind, ref, receipt
FROM (SELECT period, audience, level, place, kind, ref, receipt FROM {{reach_place}} WHERE here = 1) AS t
WHERE {{where}}
ORDER BY period, audience, level, place, kind, ref, receipt
