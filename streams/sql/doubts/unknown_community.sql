-- zh: 社区不在任何登记中
-- en: a community of no register
-- do_zh: 登记该社区（导入 communities），或更正编码
-- do_en: register the community (import communities), or correct its code
-- Receipts are told by their community, with the first hundred: one wrong code may stand on thousands of slips.
-- Registers are read as facts, not folded seven times over. Limit: a statement that lost its id to another still names one.
WITH known AS (
    SELECT subject AS code FROM registry_facts WHERE type IN ('place.registered', 'community.assigned') AND {{until recorded}}
)
SELECT incident AS subject, assumeNotNull(spot.2) AS place, spot.1 AS detail, [spot.3] AS events
FROM {{state incident: community, work_community, withdrawn
    WHERE f.incident IN (SELECT incident FROM incident_facts WHERE community != '' AND community NOT IN (SELECT code FROM known)
                         OR work_community != '' AND work_community NOT IN (SELECT code FROM known))}}
ARRAY JOIN [('residence_community', community, community_by), ('work_community', work_community, work_community_by)] AS spot
WHERE spot.2 != '' AND spot.2 NOT IN (SELECT code FROM known) AND ifNull(withdrawn, 0) = 0
UNION ALL
SELECT action, assumeNotNull(community), 'action', [community_by]
FROM {{state action: community
    WHERE f.action IN (SELECT action FROM action_facts WHERE community != '' AND community NOT IN (SELECT code FROM known))}}
WHERE community != '' AND community NOT IN (SELECT code FROM known) AND NOT has(e.type, 'action.voided')
UNION ALL
SELECT assumeNotNull(community), assumeNotNull(community), concat('receipts ', toString(count())), arraySort(groupArraySorted(100)(community_by))
FROM {{state receipt: community
    WHERE f.receipt IN (SELECT receipt FROM receipt_facts WHERE community != '' AND community NOT IN (SELECT code FROM known))}}
WHERE community != '' AND community NOT IN (SELECT code FROM known) AND NOT has(e.type, 'receipt.voided')
GROUP BY community
