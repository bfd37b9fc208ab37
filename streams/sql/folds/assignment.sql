-- Which station and township answers for a community from which day on: the newest statement about that day.
SELECT community, home.1 AS valid_from, home.2 AS station, home.3 AS township
FROM (SELECT community, arrayJoin(homes) AS home FROM {{home}})
