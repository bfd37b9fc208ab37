-- zh: 一个覆盖数背后的回执
-- en: the receipts that make up a coverage number
-- note: 与 coverage 同一口径：每人（户）每张计数的回执在每一层级一行，受众为空的是全部受众；按 ref 去重就是那个人数（户数），visit 为 1 的户就是入户户数；再用 history 查每张的事件。
-- asks: days
-- dim: audience 受众（空为全部） | audience, empty for all together
-- dim: level 层级 | level
-- dim: place 地方 | place
-- dim: kind 人或户 | person or household
-- dim: visit 是否入户 | whether of a visit
-- dim: slip 是否按此计张 | whether the receipt is counted in this row
-- day: day 日 | day
-- dim: ref 引用 | reference
-- dim: receipt 回执 | receipt
WITH
homes AS (
    SELECT community, argMax(station, valid_from) AS station, argMax(township, valid_from) AS township
    FROM {{assignment}} WHERE valid_from <= {to:Date} GROUP BY community
)
SELECT audience, level, place, kind, visit, slip, day, ref, receipt
FROM (
    SELECT arrayJoin(['', c.audience]) AS audience, spot.1 AS level, spot.2 AS place, c.kind AS kind,
           c.channel = 'household_visit' AS visit, c.slip AS slip, c.day AS day, c.ref AS ref, c.receipt AS receipt,
           arrayJoin([('county', ''), ('community', c.community), ('station', h.station), ('township', h.township)]) AS spot
    FROM (SELECT * FROM {{contact}} WHERE here = 1 AND day >= {from:Date} AND day <= {to:Date}) AS c
    LEFT JOIN homes AS h ON c.community = h.community
) AS t
WHERE {{where}}
ORDER BY audience, level, place, kind, ref, receipt
