-- One row for every person and household a receipt was ever said to cover, with where, when and as which audience.
-- A receipt counts when it is signed and neither voided nor queried nor rejected (D4, D8), its action is recorded and
-- not voided, and, at a household visit, the visitor explained in person (D9). What a row says besides is what the last
-- signature said that has this row, one that counts before one that does not.
-- The version is lexicographic: own facts first, then what is known of the action they name.
SELECT c.k.1 AS kind, c.k.2 AS community, c.k.3 AS ref, c.receipt AS receipt, c.k.4 AS day, c.k.5 AS audience,
       s.channel AS channel, c.last.2 AS explained, c.last.3 AS topics, c.last.1 AS action, c.first.2 AS first_recorded,
       c.last.4 AS slip, c.last.5 AND s.ok AND (s.channel != 'household_visit' OR c.last.2 = 1) AS here,
       c.own * 1048576 + least(s.n, 1048575) + {epoch:UInt64} * 1099511627776 AS v
FROM (
    SELECT receipt, own, k, argMax(told, o) AS last, min((NOT o.1, o.2)) AS first
    FROM (
        SELECT receipt, own, (has(e.event_id, x.event_id) AND has(arrayZip(e.event_id, e.recorded, e.digest), (x.event_id, x.recorded, x.digest)), x.recorded, x.event_id, x.digest) AS o,
               (assumeNotNull(x.action), assumeNotNull(x.explained_in_person), x.topics, who.3, valid AND o.1 AND x.event_id = present) AS told,
               (who.1, ifNull(x.community, ''), who.2, toDate(ifNull(x.signed, toDateTime64(0, 6, 'UTC')), {zone:String}), ifNull(x.audience, '')) AS k
        FROM (
            SELECT receipt, n AS own, e, arrayLast(x -> x.type = 'receipt.signed', e).event_id AS present,
                   NOT has(e.type, 'receipt.voided')
                       AND ifNull(arrayLast(x -> isNotNull(x), e.verdict), 'accepted') = 'accepted' AS valid,
                   arrayJoin(arrayFilter(x -> x.type = 'receipt.signed', a)) AS x,
                   arrayJoin(arrayFilter(k -> k.2 != '', [('person', ifNull(x.person_ref, ''), 1), ('household', ifNull(x.household_ref, ''), empty(ifNull(x.person_ref, '')))])) AS who
            FROM {{events receipt: signed, action, person_ref, household_ref, audience, community, explained_in_person, topics, verdict}}
        )
    )
    GROUP BY receipt, own, k
) AS c
LEFT JOIN {{action_state}} AS s ON s.action = c.last.1
