-- zh: 存疑：已接收而不可信的
-- en: doubts: what was accepted and is not believable
-- note: 每行一处：哪一类、哪个对象、在哪里、凭哪些事件、怎么办。更正之后它自己消失；已撤的警情、作废的宣传和回执不再列出。
-- asks: population
-- dim: kind 类 | kind
-- dim: subject 对象 | subject
-- dim: place 地方 | place
-- text: detail 哪里可疑 | what is doubtful
-- text: events 事件 | events
-- text: remedy 怎么办 | what to do
SELECT kind, subject, place, detail, events, remedy
FROM {{doubts}} AS t
WHERE {{where}}
ORDER BY kind, subject, place, detail
