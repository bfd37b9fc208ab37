"""Facts of the families of which little is said: registers, rosters, zero reports, screens, occasions, alerts.

A view of the archive is planned with every insert, whether anything comes of it or not. So only the families of `OFTEN`
have views there; those of the others read `rare_record`, a table that keeps nothing. Here it is told what they want.
What happens if it fails: the same rows come again; a fact that was written before is the same row.
"""

from streams.fold import template
from streams.warehouse import Warehouse

OFTEN = ("action", "incident", "receipt")


def write_rare(warehouse: Warehouse, where: str) -> None:
    """From the archive's rows that match `where`. To see that there are none takes a third of planning the views."""
    said = f"SELECT groupUniqArray(toString(type)) FROM archive WHERE ok = 1 AND ({where})"
    ((types,),) = warehouse.query(said).rows
    if any(kind.split(".")[0] not in OFTEN for kind in types):
        often = ", ".join(f"'{name}'" for name in OFTEN)
        warehouse.run(template("facts", "rare").replace("{{often}}", often).replace("{{rows}}", where))
