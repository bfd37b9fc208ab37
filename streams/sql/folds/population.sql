-- Each community's populations from which day on: for each field the newest statement about that day.
SELECT community, valid_from, pops.1 AS pop_actual, pops.2 AS pop_resident, pops.3 AS pop_registered, pops.4 AS households
FROM (
    SELECT subject AS community, arrayFilter(x -> x.type = 'population.recorded', e) AS said,
           arrayJoin(arrayDistinct(said.valid_from)) AS valid_from,
           arrayFilter(x -> x.valid_from = valid_from, said) AS here,
           (arrayLast(x -> isNotNull(x), here.pop_actual), arrayLast(x -> isNotNull(x), here.pop_resident),
            arrayLast(x -> isNotNull(x), here.pop_registered), arrayLast(x -> isNotNull(x), here.households)) AS pops
    FROM {{events registry: valid_from, pop_actual, pop_resident, pop_registered, households}}
)
