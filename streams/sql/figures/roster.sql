-- zh: 花名册的当前版本与人数
-- en: rosters: the version in force and its members
-- note: 所有部分到齐的最新版本，加上其后的增减；日期由 --to 指定。
-- asks: day
-- dim: roster 花名册 | roster
-- dim: audience 受众 | audience
-- dim: scope 范围 | scope
-- text: version 版本 | version
-- sum: members 人数 | members | 人
-- sum: households 户数 | households | 户
SELECT roster, audience, scope, version, members, households
FROM (
    SELECT roster, any(r.audience) AS audience, any(r.scope) AS scope, any(r.version) AS version,
           uniqExact(ref) AS members, uniqExactIf(household, household != '') AS households
    FROM {{roster_member}} AS r WHERE since <= {day:Date} AND until > {day:Date} GROUP BY roster
)
WHERE {{where}}
ORDER BY roster
