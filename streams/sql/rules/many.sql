-- Stations at which so many incidents were ever said to be in these days: only there a rule can have something to say.
-- And only where something can begin: a plan, a day, an incident at its own moment, or what was learned of one.
SELECT station FROM incident_place
WHERE basis = {basis:String} AND day >= toDate(fromUnixTimestamp64Micro(toInt64({since:UInt64})), {zone:String}) - 8
  AND day <= toDate(fromUnixTimestamp64Micro(toInt64({to:UInt64})), {zone:String})
  AND ({opens:Bool} OR toDate(fromUnixTimestamp64Micro(toInt64({since:UInt64})), {zone:String}) != toDate(fromUnixTimestamp64Micro(toInt64({to:UInt64})), {zone:String})
       OR (SELECT count() FROM incident_facts WHERE toUnixTimestamp64Micro(recorded) > {since:UInt64} AND toUnixTimestamp64Micro(recorded) <= {to:UInt64}) > 0
       OR (SELECT count() FROM incident_place WHERE toUnixTimestamp64Micro(moment) > {since:UInt64} AND toUnixTimestamp64Micro(moment) <= {to:UInt64}) > 0)
GROUP BY station HAVING uniqExact(incident) >= {threshold:UInt64}
