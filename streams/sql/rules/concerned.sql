-- These incidents and all that merges connect them with; who is in no group is one by himself.
SELECT incident, component FROM merge FINAL WHERE component IN (SELECT component FROM merge WHERE incident IN {{near}})
UNION ALL
SELECT incident, incident FROM {{near}} WHERE incident NOT IN (SELECT incident FROM merge)
