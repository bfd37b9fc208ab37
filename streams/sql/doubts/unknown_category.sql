-- zh: 类别不在目录中
-- en: a category outside the catalogue
-- do_zh: 改为目录中的手法或类（incident.reclassified）
-- do_en: reclassify it as a method or a family of the catalogue (incident.reclassified)
SELECT incident AS subject, ifNull(station, '') AS place, assumeNotNull(category) AS detail, [category_by] AS events
FROM {{state incident: category, station, withdrawn
    WHERE f.incident IN (SELECT incident FROM incident_facts WHERE category NOT IN {categories:Array(String)})}}
WHERE isNotNull(category) AND assumeNotNull(category) NOT IN {categories:Array(String)} AND ifNull(withdrawn, 0) = 0
