"""Places: country and network (ASN) of an address, from local MMDB files. Nobody is asked over the network."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tui.core.text import printable
from tui.errors import FormatError, MissingLibrary, NoSuchFile

REMEMBERED = 16_384
"""Addresses whose place is remembered: about 4 MB when full."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an address is; each part may be empty."""

    code: str = ""
    """Two letters of the country."""
    country: str = ""
    asn: int = 0
    network: str = ""
    """Whose the network is."""

    @property
    def label(self) -> str:
        """In a column: `DE AS3320`."""
        return " ".join(part for part in (self.code, f"AS{self.asn}" if self.asn else "") if part)

    @property
    def words(self) -> str:
        """In full: `Germany, AS3320 Deutsche Telekom AG`."""
        network = f"AS{self.asn} {self.network}".strip() if self.asn else self.network
        return ", ".join(part for part in (self.country or self.code, network) if part)


NOWHERE = Placed()


class Places:
    """Looks addresses up in one or several files; what the first of them says counts."""

    def __init__(self, files: Iterable[Path]) -> None:
        """Raises NoSuchFile, FormatError, or MissingLibrary where maxminddb is not there."""
        self._readers = [_opened(path) for path in files]
        self.of = lru_cache(REMEMBERED)(self._look)

    def _look(self, address: str) -> Placed:
        """The place of an address in text; NOWHERE for what is in no file, and what is no address."""
        try:
            number = ipaddress.ip_address(address)
        except ValueError:
            return NOWHERE
        found = NOWHERE
        for reader in self._readers:
            try:
                record = reader.get(number)
            except Exception:  # noqa: BLE001, S112  a damaged file, or IPv6 in one for IPv4: it knows nothing
                continue
            if isinstance(record, Mapping):
                found = _joined(found, record)
        return found


def _opened(path: Path) -> Any:
    try:
        import maxminddb
    except ImportError as error:
        raise MissingLibrary("--geoip needs maxminddb", 'pip install "nettui[extra]"') from error
    try:
        return maxminddb.open_database(str(path), maxminddb.MODE_MMAP)
    except OSError as error:
        raise NoSuchFile(f"cannot read {path}: {error.strerror}", "check --geoip") from None
    except Exception as error:
        raise FormatError(f"{path} is no MMDB file", "use a GeoLite2, DB-IP or IPinfo file in MMDB format") from error


def _joined(found: Placed, record: Mapping[str, Any]) -> Placed:
    """What a record adds: of GeoLite2 and DB-IP (nested) or of IPinfo (flat)."""
    country = record.get("country") or record.get("registered_country") or {}
    if isinstance(country, Mapping):
        names = country.get("names")
        code = country.get("iso_code", "")
        name = names.get("en", "") if isinstance(names, Mapping) else ""
    else:
        code, name = record.get("country_code", country), record.get("country_name", country)
        name = "" if name == code else name
    number = record.get("autonomous_system_number") or record.get("asn") or 0
    digits = str(number).upper().removeprefix("AS")
    network = record.get("autonomous_system_organization") or record.get("as_name") or record.get("name") or ""
    return Placed(
        found.code or printable(str(code), 8),
        found.country or printable(str(name), 60),
        found.asn or (int(digits) if digits.isdecimal() else 0),
        found.network or printable(str(network), 60),
    )
