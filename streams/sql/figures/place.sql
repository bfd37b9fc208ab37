-- zh: 地方、派出所、单位
-- en: places, stations and units
-- asks:
-- dim: code 编码 | code
-- dim: type 类型 | type
-- dim: level 层级 | level
-- text: name 名称 | name
-- dim: parent 上级 | belongs to
-- text: kind 单位类别 | kind of unit
-- text: valid_from 生效日 | valid from
-- text: merged_into 并入 | merged into
SELECT code, type, level, name, parent, kind, valid_from, merged_into
FROM {{place}}
WHERE {{where}}
ORDER BY type, code
