-- The moments since which an incident was known as it was: `since`, and each stamp in (since, to] of its facts or, in a
-- group, of any fact of the group. Of the incidents that were ever said to be at one of `stations` in these days.
SELECT c.incident AS incident, v.at AS at
FROM {{concerned}} AS c
INNER JOIN (
    SELECT component, arrayJoin(arrayDistinct(arrayPushFront(groupUniqArrayIf(stamp, stamp > {since:UInt64} AND stamp <= {to:UInt64}), {since:UInt64}))) AS at
    FROM (
        SELECT c.component AS component, toUInt64(toUnixTimestamp64Micro(f.recorded)) AS stamp
        FROM {{concerned}} AS c INNER JOIN incident_facts AS f ON f.incident = c.incident
    )
    GROUP BY component
) AS v ON v.component = c.component
