-- zh: 地方、派出所、单位
-- en: places, stations and units
-- note: label 是各处显示的名称：没有名称的用编码，同类重名的加编码，已并入别处的注明去处。
-- asks:
-- dim: code 编码 | code
-- dim: type 类型 | type
-- dim: level 层级 | level
-- text: name 名称 | name
-- dim: parent 上级 | belongs to
-- text: kind 单位类别 | kind of unit
-- text: valid_from 生效日 | valid from
-- text: merged_into 并入 | merged into
-- text: label 显示名 | name on Chinese screens
-- text: label_en 英文显示名 | name on English screens
SELECT code, type, level, name, parent, kind, valid_from, merged_into, label, label_en
FROM (
    SELECT p.code AS code, p.type AS type, p.level AS level, p.name AS name, p.parent AS parent, p.kind AS kind,
           p.valid_from AS valid_from, p.merged_into AS merged_into,
           if(p.name = '', p.code, p.name) AS named, p.name != '' AND count() OVER (PARTITION BY p.type, p.level, p.name) > 1 AS twin,
           if(i.name = '', p.merged_into, i.name) AS went,
           concat(named, if(twin, concat('（', p.code, '）'), ''), if(p.merged_into = '', '', concat('（已并入', went, '）'))) AS label,
           concat(named, if(twin, concat(' (', p.code, ')'), ''), if(p.merged_into = '', '', concat(' (merged into ', went, ')'))) AS label_en
    FROM {{place}} AS p
    ANY LEFT JOIN (SELECT code, type, name FROM {{place}}) AS i ON i.code = p.merged_into AND i.type = p.type
) AS t
WHERE {{where}}
ORDER BY type, code
