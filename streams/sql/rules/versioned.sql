-- Facts of incidents, once for each version of theirs that had seen them, under the key of that version.
SELECT concat(f.incident, leftPad(toString(v.at), 20, '0')) AS incident,
       if(ifNull(f.merged_into, '') = '', f.merged_into, concat(f.merged_into, leftPad(toString(v.at), 20, '0'))) AS merged_into,
       f.* EXCEPT (incident, merged_into)
FROM incident_facts AS f INNER JOIN {{version}} AS v ON v.incident = f.incident
WHERE toUInt64(toUnixTimestamp64Micro(f.recorded)) <= v.at
