-- zh: 社区没有人口数
-- en: a community without a population
-- do_zh: 导入该社区的人口（population），否则它不在万人发案数的分母里
-- do_en: import its population; without one it is missing from every rate
SELECT subject, subject AS place, '{{base}}' AS detail, [said[-1].event_id] AS events
FROM (
    SELECT subject, e, arrayFilter(x -> x.type = 'community.assigned' OR (x.type = 'place.registered' AND x.level = 'community'), e) AS said
    FROM {{events registry: valid_from, level, {{base}}}}
)
WHERE notEmpty(said) AND NOT has(e.type, 'place.ended') AND NOT arrayExists(x -> isNotNull(x.{{base}}), e)
