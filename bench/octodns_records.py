"""octoDNS planning as many records as there are reservations: the files, and a target that holds them.

Run by octoDNS's own Python (make bench installs it below .bench). A zone stands for a customer
and has 20 records; a record is an SRV record, which has about as many fields as an entry of ours
(seven against seven). Nothing is changed. Two set-ups, of which the tables show both:

- ``yaml.yaml``: what octoDNS itself has for files, YamlProvider to YamlProvider;
- ``json.yaml``: to a target that holds the records as JSON, as the services' providers get them.
  Made for this bench, and faster than anything that octoDNS ships.

What octoDNS would check beyond that is switched off (the order of names, roots of zones).

    .bench/octodns/bin/python bench/octodns_records.py FOLDER RECORDS
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

from octodns.provider.base import BaseProvider
from octodns.record import Record
from octodns.zone import Zone

A_ZONE = 20
CONFIG = """\
providers:
  config:
    class: octodns.provider.yaml.YamlProvider
    directory: zones
    enforce_order: false
    escaped_semicolons: false
    supports_root_ns: false
  held:
    class: {held}
zones:
  '*':
    sources: [config]
    targets: [held]
"""
HELD = {
    "yaml": "octodns.provider.yaml.YamlProvider\n    directory: zones\n    enforce_order: false\n"
    "    escaped_semicolons: false\n    supports_root_ns: false",
    "json": "octodns_records.HeldProvider\n    file: held.json",
}
RECORD = """\
{name}:
  ttl: {ttl}
  type: {type}
  value:
    port: {value[port]}
    priority: {value[priority]}
    target: {value[target]}
    weight: {value[weight]}
"""


class HeldProvider(BaseProvider):
    """A target whose records are a JSON file, read once."""

    SUPPORTS_GEO = False
    SUPPORTS_DYNAMIC = False
    SUPPORTS = frozenset({"SRV"})

    def __init__(self, id: str, file: str, **others: Any) -> None:
        self.log = logging.getLogger(f"HeldProvider[{id}]")
        super().__init__(id, **others)
        self._zones = json.loads(Path(file).read_bytes())

    def populate(self, zone: Zone, target: bool = False, lenient: bool = False) -> bool:  # noqa: ARG002
        """Put the zone's records into *zone*; say whether it is there."""
        records = self._zones.get(zone.name, {})
        for name, data in records.items():
            zone.add_record(Record.new(zone, name, data, source=self, lenient=lenient), lenient=lenient)
        return bool(records)


def write(folder: Path, records: int) -> None:
    """Write the zones, what is held of them, and a configuration for each set-up."""
    (folder / "zones").mkdir(parents=True)
    held = {}
    for start in range(0, records, A_ZONE):
        zone = f"customer-{start // A_ZONE:05d}.example."
        held[zone] = {f"_r{i:07d}._tcp": _record(i) for i in range(start, min(start + A_ZONE, records))}
        text = "".join(RECORD.format(name=name, **data) for name, data in held[zone].items())
        (folder / "zones" / f"{zone}yaml").write_text("---\n" + text)
    (folder / "held.json").write_text(json.dumps(held))
    for name, target in HELD.items():
        (folder / f"{name}.yaml").write_text(CONFIG.format(held=target))


def _record(index: int) -> dict[str, Any]:
    target = f"host-{index:07d}.example."
    return {
        "ttl": 300,
        "type": "SRV",
        "value": {"port": 1024 + index % 60000, "priority": 10, "target": target, "weight": index % 100},
    }


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
