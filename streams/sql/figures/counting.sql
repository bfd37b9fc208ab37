-- zh: 从哪一天起有计入的警情
-- en: the first day on which an incident counts
-- note: 方案没有规定 counting_from 时，以这一天为开始计数之日：此前的区间没有数，跨过它的区间只计了一部分，不能作对比的基数。
-- asks: basis
-- dim: basis 统计口径 | counting basis
-- text: day 日 | day
SELECT basis, min(day) AS day FROM {{incident_day}} WHERE basis = {basis:String} AND incidents > 0 AND {{where}}
GROUP BY basis
