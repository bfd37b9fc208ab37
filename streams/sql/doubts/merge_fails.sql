-- zh: 并案不成立：并入自身、成环，或并入无人报过的
-- en: a merge that does not hold: into itself, in a circle, or into what nobody reported
-- do_zh: 并入正确的一起（incident.merged），或撤销并案（into 为空）
-- do_en: merge it into the right one (incident.merged), or undo the merge (an empty into)
-- The incident counts as if nobody had merged it; of a circle this is the one that counts for all of them.
SELECT m.incident AS subject, '' AS place, concat(m.why, ' → ', m.into) AS detail, [s.merged_into_by] AS events
FROM {{merge}} AS m
INNER JOIN {{state incident: merged_into WHERE f.incident IN (SELECT incident FROM incident_facts WHERE merged_into != '')}} AS s
    ON m.incident = s.incident
WHERE m.why != ''
