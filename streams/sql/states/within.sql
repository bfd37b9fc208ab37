-- The incidents whose moment, as one source has said it, is of a window of days, and that it has not withdrawn.
SELECT incident
FROM {{state incident: {{moment}}, withdrawn
    WHERE f.incident IN (SELECT incident FROM incident_facts
                         WHERE toDate({{moment}}, {zone:String}) BETWEEN {first:Date} AND {last:Date})}}
WHERE toDate({{moment}}, {zone:String}) BETWEEN {first:Date} AND {last:Date} AND ifNull(withdrawn, 0) = 0
