-- zh: 警情的当前状态
-- en: the present state of incidents
-- note: 每个字段取最新一条设定它的事件；counted 为 1 才计入发案数。并入本身（self）、并入无人接报的警情（unknown）不成立；互相并入的（circle）计接报最早的一起。
-- asks:
-- dim: incident 警情 | incident
-- dim: station 受理派出所 | station that took the report
-- dim: community 居住社区 | community of residence
-- text: work_community 工作社区 | community of work
-- dim: category 类别 | category
-- dim: stage 阶段 | stage
-- text: occurred 发案时间 | occurred
-- text: reported 接报时间 | reported
-- text: filed 立案时间 | filed
-- sum: loss_fen 经济损失 | loss | 分
-- sum: frozen_fen 冻结 | frozen | 分
-- sum: returned_fen 返还 | returned | 分
-- text: merged_into 并入 | merged into
-- text: merge_fails 并入不成立 | why its merge does not hold
-- text: withdrawn 已撤 | withdrawn
-- text: unit 单位 | unit
-- text: person_ref 受害人引用 | reference of the victim
-- text: case_number 案号 | case number
-- text: counted 计数 | counted
-- text: events 事件数 | events
SELECT s.incident AS incident, ifNull(station, '') AS station, ifNull(community, '') AS community,
       ifNull(work_community, '') AS work_community, ifNull(category, '') AS category, ifNull(stage, '') AS stage,
       occurred, reported, filed, loss_fen, frozen_fen, returned_fen,
       ifNull(merged_into, '') AS merged_into, m.why AS merge_fails, ifNull(withdrawn, 0) AS withdrawn, ifNull(unit, '') AS unit,
       ifNull(person_ref, '') AS person_ref, ifNull(case_number, '') AS case_number,
       has(e.type, 'incident.reported') AND NOT m.holds AND withdrawn = 0 AND stage != 'dissuaded' AS counted,
       length(e) AS events
FROM {{state incident: station, community, work_community, category, stage, occurred, reported, filed, loss_fen, frozen_fen, returned_fen, merged_into, withdrawn, unit, person_ref, case_number}} AS s
LEFT ANY JOIN {{merge}} AS m ON m.incident = s.incident
WHERE {{where}}
ORDER BY incident
