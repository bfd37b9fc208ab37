-- Every adoption of a plan that carries it; one that only names a hash is history.
SELECT subject AS plan, said.event_id AS event_id, said.recorded AS recorded, said.valid_from AS valid_from,
       ifNull(said.plan_version, '') AS version, ifNull(said.sha256, '') AS sha256, ifNull(said.primary, 0) AS is_primary,
       assumeNotNull(said.plan) AS document
FROM (
    SELECT subject, arrayJoin(arrayFilter(x -> x.type = 'plan.adopted' AND isNotNull(x.plan), e)) AS said
    FROM {{events registry: valid_from, plan_version, sha256, primary, plan
                   WHERE f.subject IN (SELECT subject FROM registry_facts WHERE type = 'plan.adopted')}}
)
