-- zh: 回执的当前状态
-- en: the present state of receipts
-- note: voided 为 1、verdict 不是 accepted、或其宣传作废的回执不计入覆盖。
-- asks:
-- dim: receipt 回执 | receipt
-- dim: action 宣传 | action
-- dim: community 社区 | community
-- dim: audience 受众 | audience
-- text: person_ref 本人引用 | reference of the person
-- text: household_ref 住户引用 | reference of the household
-- text: method 方式 | method
-- text: collector 收集人 | collector
-- text: explained_in_person 当面讲授 | explained in person
-- text: signed 签收时间 | signed
-- text: verdict 复核 | verdict
-- text: voided 作废 | voided
-- text: events 事件数 | events
SELECT receipt, ifNull(action, '') AS action, ifNull(community, '') AS community, ifNull(audience, '') AS audience,
       ifNull(person_ref, '') AS person_ref, ifNull(household_ref, '') AS household_ref, ifNull(method, '') AS method,
       ifNull(collector, '') AS collector, explained_in_person, signed, ifNull(verdict, '') AS verdict,
       has(e.type, 'receipt.voided') AS voided, length(e) AS events
FROM {{state receipt: action, community, audience, person_ref, household_ref, method, collector, explained_in_person, signed, verdict}}
WHERE {{where}}
ORDER BY receipt
