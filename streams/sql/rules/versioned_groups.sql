SELECT concat(v.incident, leftPad(toString(v.at), 20, '0')) AS incident, concat(m.component, leftPad(toString(v.at), 20, '0')) AS component
FROM {{version}} AS v INNER JOIN (SELECT incident, component FROM merge FINAL) AS m ON m.incident = v.incident
