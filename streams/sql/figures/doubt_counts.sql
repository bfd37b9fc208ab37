-- zh: 存疑数：每类几处
-- en: how many doubts there are of each kind
-- note: doubts 逐处列出同样的内容；没有的类不列。
-- asks: population
-- dim: kind 类 | kind
-- sum: doubts 存疑 | doubts | 处
SELECT kind, count() AS doubts
FROM {{doubts}} AS t
WHERE {{where}}
GROUP BY kind
ORDER BY kind
