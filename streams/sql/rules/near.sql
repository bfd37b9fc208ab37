SELECT DISTINCT incident FROM incident_place
WHERE basis = {basis:String} AND station IN {stations:Array(String)}
  AND day >= toDate(fromUnixTimestamp64Micro(toInt64({since:UInt64})), {zone:String}) - 8
  AND day <= toDate(fromUnixTimestamp64Micro(toInt64({to:UInt64})), {zone:String})
