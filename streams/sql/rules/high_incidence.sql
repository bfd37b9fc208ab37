-- Stations and days on which, at some moment of (since, to], so many incidents of the seven days before were known.
-- Every incident that matters is folded anew as it was known at each of its versions, under a key of its own, so that
-- what counts is decided by the folds that decide it everywhere. What it was known to be holds from one version to the
-- next; within that it is in the window for seven days from its own moment. Moments are microseconds.
WITH
held AS (
    SELECT incident, begin, leadInFrame(begin, 1, {to:UInt64} + 1) OVER (PARTITION BY incident ORDER BY begin ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS until
    FROM (SELECT incident, at AS begin FROM {{version}})
),
counted AS (
    SELECT p.station AS station, greatest(h.begin, toUInt64(toUnixTimestamp64Micro(p.moment))) AS first,
           least(h.until, toUInt64(toUnixTimestamp64Micro(p.moment)) + 604800000000) AS last
    FROM (SELECT incident, station, moment FROM {{incident_place}} WHERE basis = {basis:String} AND incidents = 1) AS p
    INNER JOIN held AS h ON h.incident = left(p.incident, -20) AND h.begin = toUInt64(right(p.incident, 20))
    WHERE first < last
),
steps AS (
    SELECT station, at, sum(delta) OVER (PARTITION BY station ORDER BY at) AS incidents,
           leadInFrame(at, 1, {to:UInt64} + 1) OVER (PARTITION BY station ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next
    FROM (SELECT station, step.1 AS at, sum(step.2) AS delta FROM counted ARRAY JOIN [(first, 1), (last, -1)] AS step GROUP BY station, at)
)
SELECT DISTINCT station AS place, first_day + arrayJoin(range(toUInt16(last_day - first_day + 1))) AS day
FROM (
    SELECT station, toDate(fromUnixTimestamp64Micro(toInt64(greatest(at, {since:UInt64} + 1))), {zone:String}) AS first_day,
           toDate(fromUnixTimestamp64Micro(toInt64(least(next, {to:UInt64} + 1) - 1)), {zone:String}) AS last_day
    FROM steps WHERE incidents >= {threshold:UInt64} AND at <= {to:UInt64} AND next > {since:UInt64} + 1
)
ORDER BY day, place
