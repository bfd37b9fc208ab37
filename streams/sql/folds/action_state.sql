-- Whether an action stands, and by which channel it was; `n` counts what was ever said of it.
SELECT action, n, has(e.type, 'action.recorded') AND NOT has(e.type, 'action.voided') AS ok,
       ifNull(arrayLast(x -> isNotNull(x), e.channel), '') AS channel
FROM {{events action: channel}}
