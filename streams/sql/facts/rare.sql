-- 3b the facts of families that the archive's own views leave out; what was written before is the same row
INSERT INTO rare_record SELECT * FROM archive
WHERE ok = 1 AND splitByChar('.', toString(type))[1] NOT IN ({{often}}) AND ({{rows}})
