-- zh: 同一编号有互相矛盾的内容
-- en: contradicting contents under one id
-- do_zh: 第一条算数；若应以另一条为准，用新编号提交更正
-- do_en: the first one counts; where another is right, submit a correction under an id of its own
SELECT argMin(key, (recorded, digest)) AS subject, '' AS place, concat(argMin(type, (recorded, digest)), ' × ', toString(uniqExact(digest))) AS detail, [event_id] AS events
FROM (SELECT * FROM conflict FINAL WHERE {{until recorded}})
GROUP BY event_id
HAVING uniqExact(digest) > 1
