"""The time zone of a place, from its state and where it lies.

Most states keep one clock. In a state with two, a line from south to north divides it: each step
of `_LINES` says from which latitude on the line runs along which meridian; west of it is the first
zone, east of it the second. The steps follow the county lines closely enough for towns, not for
surveyors; docs/cities.md says how often they agree with a list made county by county.
"""

EASTERN = "America/New_York"
CENTRAL = "America/Chicago"
MOUNTAIN = "America/Denver"
PACIFIC = "America/Los_Angeles"
DETROIT = "America/Detroit"
INDIANA = "America/Indiana/Indianapolis"
BOISE = "America/Boise"
ANCHORAGE = "America/Anchorage"
ADAK = "America/Adak"

_STATES = {
    EASTERN: "CT DC DE FL GA KY MA MD ME NC NH NJ NY OH PA RI SC TN VA VT WV",
    CENTRAL: "AL AR IA IL KS LA MN MO MS ND NE OK SD TX WI",
    MOUNTAIN: "CO MT NM UT WY",
    PACIFIC: "CA ID NV OR WA",
    "America/Phoenix": "AZ",
    "Pacific/Honolulu": "HI",
    ANCHORAGE: "AK",
    INDIANA: "IN",
    DETROIT: "MI",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
    "Pacific/Pago_Pago": "AS",
}
_OF_STATE = {state: zone for zone, states in _STATES.items() for state in states.split()}

_ALL_WEST, _ALL_EAST = 0.0, -180.0

_LINES: dict[str, tuple[str, str, tuple[tuple[float, float], ...]]] = {
    "AK": (ADAK, ANCHORAGE, ((50.0, -169.5), (54.0, _ALL_EAST))),
    "AL": (CENTRAL, EASTERN, ((30.0, _ALL_WEST), (32.0, -85.22), (32.5, -85.26), (33.0, 0.0))),
    "FL": (CENTRAL, EASTERN, ((24.0, _ALL_EAST), (29.5, -85.36), (30.0, -85.01), (30.5, -84.88))),
    "ID": (PACIFIC, BOISE, ((42.0, _ALL_EAST), (45.5, _ALL_WEST))),
    "IN": (
        CENTRAL,
        INDIANA,
        (
            (37.5, _ALL_WEST),
            (38.0, -86.89),
            (38.25, -87.32),
            (38.5, _ALL_EAST),
            (40.75, -87.09),
            (41.0, -86.97),
            (41.25, -86.53),
            (41.5, -86.6),
        ),
    ),
    "KS": (MOUNTAIN, CENTRAL, ((37.0, _ALL_EAST), (37.75, -101.54), (39.5, _ALL_EAST))),
    "KY": (
        CENTRAL,
        EASTERN,
        (
            (36.0, -84.65),
            (36.75, -84.96),
            (37.0, -84.86),
            (37.25, -85.42),
            (37.5, -86.31),
            (37.75, -86.23),
            (38.0, _ALL_EAST),
        ),
    ),
    "MI": (
        CENTRAL,
        DETROIT,
        ((41.0, _ALL_EAST), (45.0, -86.61), (45.5, -87.31), (46.0, -88.0), (46.5, _ALL_EAST)),
    ),
    "ND": (
        MOUNTAIN,
        CENTRAL,
        ((45.0, -101.15), (46.0, -101.4), (46.5, -102.19), (47.0, -102.13), (47.5, _ALL_EAST)),
    ),
    "NE": (MOUNTAIN, CENTRAL, ((40.0, -101.26), (41.5, -101.13), (42.0, -99.93), (42.5, -100.86))),
    "OR": (PACIFIC, BOISE, ((42.0, _ALL_WEST), (42.5, -118.8), (44.0, -117.12), (44.5, 0.0))),
    "SD": (
        MOUNTAIN,
        CENTRAL,
        (
            (42.0, _ALL_EAST),
            (43.0, -101.32),
            (43.5, -101.01),
            (44.0, -100.35),
            (44.5, -100.65),
            (45.0, -100.61),
        ),
    ),
    "TN": (CENTRAL, EASTERN, ((34.0, -85.51), (35.0, -85.37), (35.5, -84.87), (36.0, -84.8))),
    "TX": (MOUNTAIN, CENTRAL, ((25.0, _ALL_EAST), (31.5, -104.18), (32.0, _ALL_EAST))),
}

_ODD_ONES = {("NV", 40.7, -114.1): MOUNTAIN, ("AK", 58.4, -134.2): "America/Juneau"}
"""Places by state and corner, a tenth of a degree: West Wendover keeps the clock of its Utah half,
Juneau has a zone of its own name."""


def time_zone(state: str, latitude: float, longitude: float) -> str:
    """The IANA zone of a place in a state or territory; KeyError for an unknown state."""
    corner = (state, round(latitude, 1), round(longitude, 1))
    if corner in _ODD_ONES:
        return _ODD_ONES[corner]
    west, east, steps = _LINES.get(state, ("", "", ()))
    line = None
    for southern_end, meridian in steps:
        if latitude >= southern_end:
            line = meridian
    if line is None:
        return _OF_STATE[state]
    # Alaska's last islands lie beyond the 180th meridian.
    return west if longitude < line or longitude > 0 else east
