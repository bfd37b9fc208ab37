-- zh: 社区人口与户数
-- en: populations and households of communities
-- asks:
-- dim: community 社区 | community
-- day: valid_from 生效日 | valid from
-- sum: pop_actual 实有人口 | actually living there | 人
-- sum: pop_resident 常住人口 | resident | 人
-- sum: pop_registered 户籍人口 | registered | 人
-- sum: households 户数 | households | 户
SELECT community, valid_from, pop_actual, pop_resident, pop_registered, households
FROM {{population}}
WHERE {{where}}
ORDER BY community, valid_from
