-- One row for every person and household at every level of every place a receipt was ever said to cover.
-- A receipt counts when it is signed and neither voided nor queried nor rejected (D4, D8), its action is recorded and
-- not voided, and, at a household visit, the visitor explained in person (D9).
-- The version is lexicographic: own facts first, then what is known of the action and the communities they name.
-- Each step is a subquery of its own: the engine writes an alias out wherever it is used, and plans that for long.
-- One tuple is grouped by, because every key of its own makes planning longer (a quarter less of 80 ms).
SELECT sipHash128(period, audience, level, place, kind, bucket) AS slot, period, audience, level, place, kind,
       toUInt16(cityHash64(ref) % if(level = 'county', 1024, if(level = 'community', 16, 64))) AS bucket,
       ref, receipt, here, v
FROM (
    SELECT k.1 AS period, k.2 AS audience, k.3 AS level, k.4 AS place, k.5 AS kind, k.6 AS ref, k.7 AS receipt,
           max(at) AS here, max(version) AS v
    FROM (
        SELECT (period, audience, spot.1, spot.2, who.1, who.2, receipt) AS k, stands AND spot.3 AS at, version
        FROM (
            SELECT receipt, period, audience, stands, version, arrayJoin(whos) AS who,
                   arrayJoin(arrayConcat(
                       [('county', '', 1), ('community', community, 1)],
                       arrayMap(s -> ('station', s, s = home.2), arrayDistinct(arrayPushBack(stations, ''))),
                       arrayMap(t -> ('township', t, t = home.3), arrayDistinct(arrayPushBack(townships, ''))))) AS spot
            FROM (
                SELECT r.receipt AS receipt, toString(toYear(r.w.1)) AS period, r.w.2 AS audience, r.w.3 AS community,
                       arrayFilter(k -> k.2 != '', [('person', r.w.4), ('household', r.w.5)]) AS whos,
                       r.w = r.now AND r.valid AND s.ok AND (s.channel != 'household_visit' OR r.explained) AS stands,
                       arrayLast(x -> x.1 <= r.w.1, h.homes) AS home, h.stations AS stations, h.townships AS townships,
                       r.own * 1048576 + least(s.n + h.n, 1048575) + {epoch:UInt64} * 1099511627776 AS version
                FROM (
                    SELECT receipt, own, valid, ifNull(last.action, '') AS named,
                           ifNull(last.explained_in_person, 0) AS explained,
                           arrayJoin(arrayDistinct(ever)) AS w, present AS now
                    FROM (
                        SELECT receipt, own, valid, last, ever,
                               (toDate(ifNull(last.signed, toDateTime64(0, 6, 'UTC')), {zone:String}), ifNull(last.audience, ''), ifNull(last.community, ''), ifNull(last.person_ref, ''), ifNull(last.household_ref, '')) AS present
                        FROM (
                            SELECT receipt, n AS own, arrayLast(x -> x.type = 'receipt.signed', e) AS last,
                                   arrayMap(x -> (toDate(ifNull(x.signed, toDateTime64(0, 6, 'UTC')), {zone:String}), ifNull(x.audience, ''), ifNull(x.community, ''), ifNull(x.person_ref, ''), ifNull(x.household_ref, '')), arrayFilter(x -> x.type = 'receipt.signed', a)) AS ever,
                                   has(e.type, 'receipt.signed') AND NOT has(e.type, 'receipt.voided')
                                       AND ifNull(arrayLast(x -> isNotNull(x), e.verdict), 'accepted') = 'accepted' AS valid
                            FROM {{events receipt: signed, action, person_ref, household_ref, audience, community, explained_in_person, verdict}}
                        )
                    )
                ) AS r
                LEFT JOIN {{action_state}} AS s ON s.action = r.named
                LEFT JOIN {{home}} AS h ON h.community = r.w.3
            )
        )
    )
    GROUP BY k
)
