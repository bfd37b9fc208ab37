-- Topics and days with so many records, kept until `to`, that never count.
SELECT topic AS place, toDate(appended, {zone:String}) AS day
FROM {{rejected}}
WHERE toUnixTimestamp64Micro(appended) <= {to:UInt64}
  AND toDate(appended, {zone:String}) >= toDate(fromUnixTimestamp64Micro(toInt64({since:UInt64})), {zone:String})
GROUP BY place, day
HAVING count() >= {threshold:UInt64} AND max(toUnixTimestamp64Micro(appended)) > {since:UInt64}
ORDER BY day, place
