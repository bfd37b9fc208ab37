-- zh: 社区由哪个派出所、乡镇负责
-- en: which station and township answers for a community from which day
-- asks:
-- dim: community 社区 | community
-- day: valid_from 生效日 | valid from
-- dim: station 派出所 | station
-- dim: township 乡镇 | township
SELECT community, valid_from, station, township
FROM {{assignment}}
WHERE {{where}}
ORDER BY community, valid_from
