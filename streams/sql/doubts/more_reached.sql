-- zh: 触达多于应有
-- en: more reached than there are
-- do_zh: 核对触达数与受众数；社区则核对户数、重复的地址写法与回执
-- do_en: look at reached and audience; of a community at its households, at spellings of addresses, and at its receipts
-- An action against its own audience, and the households covered of a community in a year against those it has.
SELECT action AS subject, ifNull(community, ifNull(station, '')) AS place, concat(toString(reached), ' > ', toString(audience_size)) AS detail,
       arrayDistinct([reached_by, audience_size_by]) AS events
FROM {{state action: reached, audience_size, station, community
    WHERE f.action IN (SELECT action FROM action_facts WHERE reached > audience_size)}}
WHERE reached > audience_size AND NOT has(e.type, 'action.voided')
UNION ALL
SELECT c.community, c.community, concat(toString(c.year), ': ', toString(c.covered), ' > ', toString(h.households)), []
FROM (
    SELECT community, year, count() AS covered
    FROM (
        SELECT community, arrayJoin(arrayDistinct(arrayMap(d -> toYear(d.day), days))) AS year FROM {{reached}}
        WHERE kind = 'household' AND audience = 'household' AND community != ''
    )
    GROUP BY community, year
) AS c
ASOF INNER JOIN (
    SELECT community, valid_from, assumeNotNull(households) AS households FROM {{population}} WHERE isNotNull(households)
) AS h ON c.community = h.community AND makeDate(c.year, 12, 31) >= h.valid_from
WHERE c.covered > h.households
